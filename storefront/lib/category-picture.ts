// The API draws what kind of thing a product is; a category shows the drawing of its kind.
const KINDS: [RegExp, string][] = [
  [/frozen|ice/, "icecream-3"],
  [/vegetable/, "vegetable-5"],
  [/fruit/, "fruit-6"],
  [/milk|dairy/, "milk-6"],
  [/meat|fish|seafood/, "fish-4"],
  [/spice|masala/, "spice-6"],
  [/oil/, "oil-5"],
  [/snack|namkeen|chips/, "chips-7"],
  [/biscuit|cookie/, "biscuit-4"],
  [/sweet|chocolate/, "sweet-5"],
  [/cold|drinks|juice/, "juice-4"],
  [/beverage|tea|coffee/, "tea-6"],
  [/breakfast|instant|noodle/, "bowl-4"],
  [/sauce|pickle|spread/, "jar-5"],
  [/staple|rice|atta|flour|dal|sugar/, "sack-6"],
  [/baby/, "baby-5"],
  [/personal|bath|hair|skin/, "soap-5"],
  [/oral|shav/, "brush-5"],
  [/laundry|dish/, "laundry-5"],
  [/home-care|clean/, "clean-6"],
  [/pooja/, "lamp-6"],
  [/pet/, "paw-5"],
  [/kitchen|home/, "pot-5"],
  [/health|wellness/, "health-5"],
  [/nut|dry/, "nut-5"],
  [/bread|bakery|egg/, "bread-5"],
];

export function categoryPicture(slug: string): string {
  const kind = KINDS.find(([words]) => words.test(slug))?.[1] ?? "basket-4";
  return `/images/placeholder/v1/${kind}.svg`;
}
