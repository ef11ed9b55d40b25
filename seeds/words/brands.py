"""Invented makers, by what they make. Those that put staples on the table have Hindi and Odia spellings."""

from seeds.words.shapes import Brand as B

HOUSE = B("ShopSmart Fresh", 1.0, "शॉपस्मार्ट फ्रेश", "ସପସ୍ମାର୍ଟ ଫ୍ରେସ")

GRAIN = (
    B("Dhaulipur Mills", 1.0, "धौलीपुर मिल्स", "ଧଉଳିପୁର ମିଲ୍ସ"),
    B("Annabati", 1.12, "अन्नबती", "ଅନ୍ନବତୀ"),
    B("Suna Kheta", 0.92, "सुना खेत", "ସୁନା କ୍ଷେତ"),
    B("Roz Ki Thali", 0.88, "रोज़ की थाली", "ରୋଜ କି ଥାଲି"),
    B("Baitarani Valley", 1.2, "बैतरणी वैली", "ବୈତରଣୀ ଭ୍ୟାଲି"),
    B("Mitti & More Organic", 1.45, "मिट्टी एंड मोर ऑर्गेनिक", "ମିଟି ଆଣ୍ଡ ମୋର ଅର୍ଗାନିକ"),
)
OIL = (
    B("Tel Kothi", 1.0, "तेल कोठी", "ତେଲ କୋଠି"),
    B("Pila Phula", 0.95, "पीला फूल", "ପିଲା ଫୁଲ"),
    B("Hridaya Light", 1.15, "हृदय लाइट", "ହୃଦୟ ଲାଇଟ"),
    B("Old Ghani", 1.25, "ओल्ड घानी", "ଓଲ୍ଡ ଘାଣି"),
)
DAIRY = (
    B("Gopalpur Dairy", 1.0, "गोपालपुर डेयरी", "ଗୋପାଳପୁର ଡେରି"),
    B("Surabhi Gotha", 0.95, "सुरभि गोठ", "ସୁରଭି ଗୋଠ"),
    B("Nua Gaon", 1.08, "नुआ गाँव", "ନୂଆ ଗାଁ"),
    B("Kamadhenu Court", 1.2, "कामधेनु कोर्ट", "କାମଧେନୁ କୋର୍ଟ"),
)
SPICE = (
    B("Masala Mahal Lane", 1.0, "मसाला महल लेन", "ମସଲା ମହଲ ଲେନ"),
    B("Sila Bata", 0.92, "सिल बट्टा", "ଶିଳ ବଟା"),
    B("Kandhamal Hills", 1.25, "कंधमाल हिल्स", "କନ୍ଧମାଳ ହିଲ୍ସ"),
    B("Rangila Rasoi", 1.05, "रंगीला रसोई", "ରଙ୍ଗିଲା ରସୋଇ"),
)
NUTS = (
    B("Sukha Bagicha", 1.0, "सूखा बगीचा", "ଶୁଖା ବଗିଚା"),
    B("Kernel & Co. East", 1.15, "कर्नेल ईस्ट", "କର୍ଣ୍ଣେଲ ଇଷ୍ଟ"),
    B("Roz Ki Thali", 0.9, "रोज़ की थाली", "ରୋଜ କି ଥାଲି"),
)
BAKERY = (
    B("Chula Bakers", 1.0, "चूल्हा बेकर्स", "ଚୁଲା ବେକର୍ସ"),
    B("Morning Peda Bakehouse", 1.12, "मॉर्निंग बेकहाउस", "ମର୍ଣ୍ଣିଂ ବେକହାଉସ"),
    B("Nayapalli Oven", 1.3, "नयापल्ली ओवन", "ନୟାପଲ୍ଲୀ ଓଭନ"),
)
EGGS = (
    B("Henhouse Odisha", 1.0, "हेनहाउस ओडिशा", "ହେନହାଉସ ଓଡ଼ିଶା"),
    B("Sakala Farm", 1.1, "सकाल फार्म", "ସକାଳ ଫାର୍ମ"),
)
SNACK = (
    B("Chatpata Chowk", 1.0),
    B("Kurmure House", 0.92),
    B("Adda Bites", 1.1),
    B("Mo Jalakhia", 0.95),
    B("Crunch Tantra", 1.2),
)
BISCUIT = (B("Bakul Bakery", 1.0), B("Tiffin Bell", 0.92), B("Golden Kadamba", 1.15), B("Oat & Otter", 1.4))
SWEET = (B("Mithai Mohalla", 1.0), B("Salepur Sweet Makers", 1.08), B("Kakara & Sons", 1.2))
CHOCOLATE = (B("Cocoa Kutir", 1.0), B("Velvet Kendu", 1.25), B("Jhilmil", 0.85))
TEA = (
    B("Kettle & Kulhad", 1.0),
    B("Chai Pe Charcha Estate", 1.1),
    B("Subarna Leaf", 0.9),
    B("Koraput Cloud", 1.35),
)
DRINK = (B("Sarbat Sarai", 1.0), B("Phalahari", 1.1), B("Zingo Pop", 0.95), B("Mahanadi Springs", 1.0))
JUICE = (B("Phalahari", 1.05), B("Orchard Auto", 1.0), B("Squeeze Galli", 1.25))
POP = (B("Zingo Pop", 1.0), B("Bubbly Bandhu", 0.9))
WATER = (B("Mahanadi Springs", 1.0), B("Deulia Pure", 0.9))
BREAKFAST = (
    B("Suprabhat Bowl", 1.0),
    B("Muesli Mandap", 1.2),
    B("Tiffin Bell", 0.92),
    B("Oat & Otter", 1.15),
)
INSTANT = (
    B("Two Minute Tawa", 1.0),
    B("Hostel Kitchen", 0.9),
    B("Rasoi Rocket", 1.1),
    B("Slurp Street", 1.2),
)
SAUCE = (
    B("Achara Ghara", 1.0),
    B("Tangy Tumba", 0.92),
    B("Aai's Pantry Jar", 1.15),
    B("Chutney Chhaka", 1.05),
)
MEATS = (
    B("ShopSmart Fresh", 1.0, "शॉपस्मार्ट फ्रेश", "ସପସ୍ମାର୍ଟ ଫ୍ରେସ"),
    B("Chilika Catch", 1.12, "चिलिका कैच", "ଚିଲିକା କ୍ୟାଚ"),
)
FROZEN = (B("Himaghar", 1.0), B("Snow Sarisa", 1.1), B("Rasoi Rocket", 0.95))
ICECREAM = (B("Malai Mirage", 1.0), B("Kulfi Kothari", 0.92), B("Scoop Samantaray", 1.25))
BABY = (B("Chhota Chanda", 1.0), B("Kuni Kids", 0.92), B("Softmoh", 1.2))
BATH = (B("Neem Nadi", 1.0), B("Chandana Bana", 1.15), B("Suddha Everyday", 0.88), B("Lotus Lagoon", 1.3))
HAIR = (B("Kesha Katha", 1.0), B("Neem Nadi", 0.95), B("Lotus Lagoon", 1.25), B("Suddha Everyday", 0.85))
ORAL = (B("Dantamitra", 1.0), B("Minty Mukha", 0.95), B("Lavanga White", 1.2))
SKIN = (B("Lotus Lagoon", 1.1), B("Haldi Ritual", 1.0), B("Neem Nadi", 0.92), B("Suddha Everyday", 0.85))
HYGIENE = (B("Saheli Care", 1.0), B("Softmoh", 1.12))
SHAVE = (B("Barber Bapa", 1.0), B("Razor Raja", 1.15))
LAUNDRY = (B("Dhoba Ghata", 1.0), B("Jhakaas Wash", 0.9), B("Bubble Brigade", 1.15))
CLEAN = (B("Chakachak", 1.0), B("Pocha Pro", 0.92), B("Bubble Brigade", 1.1))
REPEL = (B("Machhar Mukti", 1.0), B("Night Neem", 1.1))
PAPER = (B("Softmoh", 1.1), B("Kagaj Works", 0.95))
HOME = (B("Ghara Sansar", 1.0), B("Handi & Hook", 1.15), B("Kagaj Works", 0.95))
POOJA = (B("Deula Dhupa", 1.0), B("Tulasi Chaura", 1.1), B("Sandhya Deepa", 0.92))
ELECTRIC = (B("Bijuli Babu", 1.0), B("Ujala Point", 0.9))
STATIONERY = (B("Khata Kalam", 1.0), B("Pathagara", 1.1))
PETS = (B("Tommy & Mini", 1.0), B("Wagging Tala", 1.15))
HEALTH = (B("Arogya Alaya", 1.0), B("Vaidya Vana", 1.15))
