// What customers and riders can meet. One sentence for each code: what happened, and the way on.
const signInAgain = "You have been signed out. Sign in again to go on.";
const reload = "Something slipped on the way to us. Reload the page and try again.";

export const problems = {
  // No answer of the API at all.
  offline: "No connection just now. Check your network, then try again.",
  http_error: "That did not work. Try again in a moment.",
  api_unreachable: "The shop does not answer just now. Try again in a moment.",

  // Signing in, and the account.
  account_blocked: "This account is closed for now. Our support team can tell you more.",
  code_sent_already: {
    exact: "A code is on its way to your phone. You can ask for another one in {retry_after}.",
    plain: "A code is on its way to your phone. Wait a little before you ask for another one.",
  },
  csrf_failed: "Your session needs a fresh start. Reload the page and try again.",
  email_taken: "There is an account with this e-mail address already. Sign in, or use another address.",
  forbidden: "This account cannot do that. Sign in with another one if you have it.",
  invalid_email: "That does not look like an e-mail address. Check the spelling.",
  invalid_phone: "That does not look like a phone number. Check the digits, and add the country code if it is not an Indian one.",
  name_required: "You are new here. Tell us your name to go on.",
  order_on_its_way: "An order of yours is still on its way. Delete your account once it has arrived.",
  password_length: "Choose a password of 8 to 128 characters.",
  password_too_common: "That password is easy to guess. Choose one that only you would think of.",
  phone_signs_in: "You sign in with this number, so it has to stay. You can change it once your account has an e-mail address.",
  precondition_failed: "This was changed in another place meanwhile. Reload the page, then make your change again.",
  proof_wrong: "That password or code is not right, so your account stays. Check it and try again.",
  sms_unavailable: "We cannot send text messages just now. Sign in by e-mail, or try again later.",
  token_expired: signInAgain,
  token_invalid: signInAgain,
  token_reused: signInAgain,
  token_revoked: signInAgain,
  too_many_addresses: "Your address book is full. Remove an address you no longer need, then add this one.",
  too_many_attempts: {
    exact: "Too many tries. To keep your account safe, please wait {retry_after}.",
    plain: "Too many tries. To keep your account safe, please wait a while.",
  },
  unauthenticated: "Please sign in first.",
  unknown_address: "This address is no longer in your address book. Choose another one.",
  wrong_credentials: "E-mail address or password is not right. Check both and try again.",
  wrong_sign_in_code: "This code is wrong or too old. Check the message, or ask for a new code.",
  works_here: "This account also works here. An administrator can close it for you.",

  // The place.
  coordinates_swapped: "That place lies far away from us. Set the pin again.",
  invalid_location: "We cannot find that place. Set the pin on the map again.",
  location_required: "Tell us where to first: choose an address or set the pin.",
  not_serviceable: "We do not deliver there yet. Try another address, or see on the map where we deliver.",
  store_closed: "The stores near you are closed now. Keep your cart, and order when they open.",

  // Shelves, cart and order.
  already_answered: "You have answered this already. The order shows what comes.",
  answer_too_late: "The time to answer is over, so this item is paid back. The order shows what comes.",
  already_rated: "You have rated this order already. Thank you!",
  cart_full: "Your cart holds as many different items as it can. Take one out, or order these first.",
  catalogue_loading: {
    exact: "The shelves are just being filled. Look again in {retry_after}.",
    plain: "The shelves are just being filled. Look again in a moment.",
  },
  empty_basket: "Your cart is empty. Put something in first.",
  invoice_not_ready: "The invoice is made once the order has arrived. Look again then.",
  no_proposal: "There is nothing to answer for this item. Reload the page to see the order as it is now.",
  out_of_stock: {
    exact: "There is not enough left of {shortages}. Take fewer, or choose something else.",
    plain: "Something in your cart has just sold out. Take fewer, or choose something else.",
  },
  prepay_required: "This order comes from more than one store, so cash is not possible. Choose to pay online.",
  quantity_too_large: "That is more of one item than an order can hold. Choose fewer.",
  quote_expired: "The price was kept for a few minutes, and they are over. Check the new price, then order.",
  quote_mismatch: "Your cart has changed meanwhile. Look at it once more, then order.",
  slot_unavailable: "This store has no time slots yet. Choose delivery now, or pick the order up.",
  too_many_lines: "That is more different items than one order can hold. Take some out, or make two orders.",
  too_many_of_item: {
    exact: "At most {most} of this item per order. Choose fewer.",
    plain: "This store gives fewer of this item per order. Choose fewer.",
  },
  unknown_coupon: "We do not know this coupon. Check the letters, or go on without it.",
  unknown_line: "This item is no longer part of the order. Reload the page to see the order as it is now.",
  unknown_mode: "Choose delivery or pickup.",
  unknown_option: "This choice is gone. Look at the ones there are now.",
  unknown_quote: "This price is gone. Check the new one, then order.",
  unknown_sku: "We no longer have this item. Choose another one.",

  // Paying.
  cash_at_the_door: "You pay this order in cash at the door. There is nothing to do now.",
  intent_not_payable: "This payment is finished or was cancelled. Open your order to see how it stands.",
  nothing_to_pay: "There is nothing left to pay. Open your order to see how it stands.",
  payment_gateway_refused: "The payment was not accepted. Try again, or choose another way to pay.",
  payment_gateway_unavailable: "The payment service does not answer just now. Try again in a moment.",
  payment_mismatch: "This payment belongs to something else. Open your order to see what is to pay.",
  payment_not_captured: "Your payment has not arrived yet. Wait a moment, then look at your order again.",
  payment_not_open: "This order can no longer be paid. Open it to see how it stands.",
  payment_signature_invalid: "We could not confirm this payment. Look at your order before you try again.",
  unknown_intent: "This payment page is no longer good. Open your order and pay from there.",
  unknown_payment: "We cannot find this payment. Open your order to see how it stands.",
  unknown_provider: "This way to pay is not offered here. Choose another one.",

  // Riding.
  bad_image: "This picture cannot be used. Take it again, or choose a smaller JPEG or PNG.",
  code_locked: "Too many wrong codes, so this one is locked. Call the office for a new one.",
  implausible_position: "Your position jumped too far. Check that location is on, and wait a moment.",
  invalid_period: "Choose a shorter period that ends after it begins.",
  off_duty: "You are off duty. Start your shift first.",
  offer_expired: "This offer has run out. The next one will come.",
  offer_withdrawn: "This offer was taken back. The next one will come.",
  position_in_future: "The clock of your phone runs ahead. Let the phone set the time by itself.",
  rider_not_registered: "Your rider account is not ready yet. The office can finish it for you.",
  rider_suspended: "Your rider account is paused. Call the office to hear more.",
  signature_not_enough: "A signature is not enough for this order. Ask for the code.",
  task_open: "You still carry an order. Deliver it or give it back first.",
  wrong_code: {
    exact: {
      one: "This is not the right code. You have {attempts_left} more try: ask for the code once more.",
      other: "This is not the right code. You have {attempts_left} more tries: ask for the code once more.",
    },
    plain: "This is not the right code. Ask for the code once more.",
  },

  // Anywhere.
  bad_request: reload,
  body_too_large: "That is more than we can take at once. Choose a smaller picture or a shorter text.",
  busy: "Much is happening here at this moment. Please try again.",
  conflict: "That is not possible just now. Reload the page to see how things stand.",
  headers_too_large: "Your browser keeps too much for this site. Clear its cookies and try again.",
  idempotency_in_progress: {
    exact: "Your first tap is still at work. Look again in {retry_after}.",
    plain: "Your first tap is still at work. Look again in a moment.",
  },
  idempotency_key_invalid: reload,
  idempotency_key_required: reload,
  idempotency_key_reused: "Something has changed since your first tap. Reload the page and try again.",
  internal_error: {
    exact: "Something broke on our side, sorry. Try again in a moment. If it stays so, tell support this number: {request_id}",
    plain: "Something broke on our side, sorry. Try again in a moment.",
  },
  invalid_cursor: "This list has moved on. Reload it from the start.",
  invalid_event_id: "Live updates lost their place. Reload the page.",
  invalid_transition: "That is no longer possible at this stage. Reload the page to see how things stand.",
  length_required: reload,
  malformed_json: reload,
  method_not_allowed: reload,
  not_found: "We cannot find that. It may be gone; go back and look again.",
  rate_limited: {
    exact: "That was a little fast for us. Try again in {retry_after}.",
    plain: "That was a little fast for us. Try again in a moment.",
  },
  server_busy: {
    exact: "Many people are here at this moment. Try again in {retry_after}.",
    plain: "Many people are here at this moment. Try again soon.",
  },
  too_many_streams: "ShopSmart is open in too many tabs. Close some to see live updates here.",
  unavailable: "That is not possible for a moment. Please try again soon.",
  unsupported_media_type: reload,
  uri_too_long: "This address is too long. Shorten your search and try again.",
  validation_error: "Something is missing or not quite right. Look at the fields once more.",
};

export const spans = {
  seconds: { one: "{count} second", other: "{count} seconds" },
  minutes: { one: "{count} minute", other: "{count} minutes" },
};
