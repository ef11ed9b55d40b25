// What only the store's console and the office can meet, in English: the rest of docs/errors.md.
import { spans } from "@/lib/problems/en/people";

export { spans };

const partner = "The payment provider's message could not be taken. The provider sends it again; look at its settings if this stays.";

export const problems = {
  // Catalogue and listings.
  bad_price: "A price is above zero. Enter the price in rupees.",
  category_cycle: "A category cannot lie below itself. Choose another parent.",
  category_in_use: "Products or categories still stand in this category. Move them first.",
  category_too_deep: "The tree has three levels. Choose a parent further up.",
  invalid_slug: "Use small letters, digits and dashes, such as fresh-fruit.",
  price_above_mrp: {
    exact: "No price is above the MRP of {mrp}. Lower the price, or correct the MRP first.",
    plain: "No price is above the MRP. Lower the price, or correct the MRP first.",
  },
  price_required: "The store does not keep this item yet. Give it a price to list it.",
  sku_taken: "There is a product with this SKU already. Open that one, or choose another SKU.",
  unknown_category: "There is no such category. Choose one from the tree, or create it first.",
  unknown_listing: "This store does not list the product. Give it a price there first.",
  wrong_category_path: "The path does not fit the category tree. Choose the category from the tree.",
  wrong_currency: "Amounts are in rupees here. Enter the amount in ₹.",

  // Pictures.
  too_many_images: "The product has as many pictures as it may. Remove one first.",
  unknown_image: "This picture is gone. Reload the product to see the ones it has.",
  unknown_upload: "This upload is gone. Choose the picture again.",
  upload_closed: "This upload is complete. Choose the picture again to send another.",
  upload_missing: "The picture has not arrived. Send it again.",
  upload_not_allowed: "The time for this upload is over. Choose the picture again.",

  // Files.
  file_too_large: "The file is too large. Split it and send the parts one after the other.",
  idempotency_conflict: "This import was begun with another file. Start a new import.",
  import_interrupted: "Units were sold while the file was read, so nothing of it was kept. Send it again.",
  import_refused: "Some lines cannot be taken, so nothing of the file was kept. Correct the lines named below and send it again.",
  invalid_csv: "The file cannot be read as CSV. Save it as UTF-8 with the column names in the first line.",
  invalid_file: "The file cannot be read. Check its format, its first line and that it has rows.",
  unknown_import: "There is no such import. Look in the list of imports.",

  // Stock.
  bad_off_until: "Choose a later moment for the item to come back.",
  bad_quantity: "Enter how many units to add or take away, within what a shelf can hold.",
  bad_transfer: "Enter one unit or more, and choose another store to send them to.",
  less_than_promised: {
    exact: "Promised to customers: {promised}. Free to take away: {free}. Keep to that, or declare a shortage.",
    plain: "Customers were promised more than would be left. Enter less, or declare a shortage.",
  },
  still_short: "Promised units are still missing. Find them or settle the orders before closing the case.",
  unknown_reason: "Choose one of the reasons in the list.",

  // Orders at the counter and in the office.
  answer_pending: "The customer is being asked about a substitute. Pack once the answer has come or its time is over.",
  line_already_picked: {
    exact: "This line was picked already: {picked} in the bag. Reload the order to see it.",
    plain: "This line was picked already. Reload the order to see it.",
  },
  lines_open: "Some lines are not picked yet. Pick them, then pack the order.",
  no_other_store: "No other store can take this order now. Keep it here, or cancel and refund it.",
  nothing_to_refund: "Nothing is left to give back for this order. Its payments show what was refunded.",
  nothing_to_substitute: "All of this line was found, so nothing can take its place.",
  refund_not_positive: "Enter an amount above zero.",
  refund_too_large: {
    exact: "At most {refundable} can still be given back. Enter less.",
    plain: "That is more than can still be given back. Enter less.",
  },
  substitute_in_order: "The order has that item, or another offer for this line. Choose another substitute.",
  substitute_not_alike: {
    exact: "That item drops a diet or adds an allergen ({new_allergens}). Choose one that is alike.",
    plain: "That item drops a diet or adds an allergen. Choose one that is alike.",
  },
  substitution_not_wanted: "This customer wants the money back for what is missing. Pick what is there.",
  too_many_picked: "That is more than was ordered. Enter the ordered number or less.",
  too_many_refunds: "This payment has as many refunds as it may. Give the rest back in the provider's own dashboard.",
  bad_period: "Choose at most 92 days, the first before the last.",

  // Stores and fences.
  fence_far_from_store: "The fence reaches farther than 50 km from the store. Draw it closer, or move the store's pin.",
  invalid_geometry: "The fence is not a sound shape. Mend the corner that is marked, then try again.",
  invalid_if_match: "This page does not know which version it shows. Reload it and make the change again.",
  store_id_required: "Choose a store first.",
  unknown_store: "There is no such store. Choose one from the list.",

  // People.
  not_a_rider: "This account has no rider role. Give it the role first.",
  own_account: "Nobody changes their own rights. Ask another super admin.",
  stores_need_manager: "Only store managers belong to stores. Add that role, or leave the stores out.",
  unknown_user: "There is no such account. Search for it again.",
  unknown_vehicle: "Choose one of the vehicles in the list.",
  user_id_taken: "There is an account with this id already. Choose another id.",

  // Machines talk to machines here; people see these in logs at most.
  error: "That did not work. Try again in a moment.",
  webhook_signature_invalid: partner,
  webhook_unreadable: partner,
};
