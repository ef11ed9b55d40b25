"""Passwords that everybody tries first: listed words with anything of digits and signs around them, runs, repeats."""

import re
import unicodedata

_WORDS = frozenset(
    """
    password passwort passw0rd p@ssword p@ssw0rd pa55word pass word passcode passphrase mypassword newpassword
    yourpassword changeme changethis default letmein letmeinnow openup opensesame secret topsecret supersecret
    nopassword temppass temporary testing tester testpass testtest guest guestguest user username admin administrator
    adminadmin root toor rootroot superuser superman batman spiderman ironman wonderwoman captain avengers
    qwerty qwertyui qwertyuiop qwertz qwertzuiop azerty azertyuiop asdf asdfgh asdfghjk asdfghjkl zxcvbn zxcvbnm
    qazwsx qazwsxedc qweasd qweasdzxc qweqwe asdasd asdfasdf zxczxc poiuytrewq lkjhgfdsa mnbvcxz qwer qwerasdf
    qwertyqwerty abc abcabc abcdef abcdefg abcdefgh abcdefghi abcdefghij aabbcc aaabbb
    iloveyou iloveu iloveme ilovegod loveyou lovelove lovely loveme lover sweetheart honey darling baby babygirl
    princess prince queen king kingkong angel angels butterfly flower flowers rainbow sunshine sunflower moonlight
    starlight summer winter spring autumn monday friday sunday january february october november december
    welcome welcomeback welcomehome hello hellohello helloworld helloyou hithere goodbye goodmorning goodnight
    dragon dragons dragonball monkey tiger tigers lion eagle eagles falcon panther phoenix unicorn dolphin dolphins
    elephant pussycat kitten kitty puppy doggy horse horses mustang ferrari porsche mercedes corvette camaro
    harley yamaha honda toyota maruti mahindra hyundai bajaj
    football footballer baseball basketball softball volleyball hockey cricket cricketer soccer golfer tennis
    liverpool arsenal chelsea chelseafc manchester manutd barcelona realmadrid juventus yankees lakers cowboys steelers
    packers redsox ronaldo messi sachin tendulkar virat viratkohli kohli dhoni msdhoni rohit rohitsharma
    master masters mastermind shadow hunter killer warrior ninja samurai wizard matrix terminator predator starwars
    startrek pokemon pikachu naruto sasuke minecraft fortnite roblox callofduty counterstrike playstation xbox nintendo
    computer internet google googlegoogle facebook instagram twitter whatsapp youtube linkedin microsoft windows
    apple iphone samsung nokia android amazon flipkart paytm netflix spotify zomato swiggy blinkit zepto shopsmart
    shopping grocery groceries freedom whatever nothing something anything everything blahblah blink trustno
    trustnoone access accessdenied security secure login logmein signin enter startup system server database network
    india indian bharat hindustan jaihind jaishriram jaimatadi jagannath jaijagannath jaganath jaijaganath krishna
    radhekrishna harekrishna harekrishn hareram shivshakti omnamahshivaya omsairam sairam ganesh ganesha hanuman
    jaihanuman bajrangbali mahadev harharmahadev waheguru allah allahu bismillah mashallah jesus jesuschrist
    godisgood blessed blessing
    odisha orissa bhubaneswar bhubaneshwar cuttack kolkata mumbai delhi newdelhi bangalore bengaluru chennai
    hyderabad pune
    michael michelle jennifer jessica jordan joshua daniel danielle matthew andrew anthony robert thomas charlie
    charles christian christopher nicole ashley amanda samantha elizabeth alexander alexandra william benjamin
    george victoria patrick richard stephanie natasha maggie buster ginger pepper cookie chocolate cheese banana
    orange cherry peanut pumpkin
    rahul priya pooja anjali deepak sanjay sandeep suresh ramesh mahesh rajesh rakesh mukesh dinesh ganeshji
    soumya sonali swagat subham shubham bikash biswajit
    money dollar dollars rupees lottery jackpot casino diamond diamonds gold golden silver platinum crystal
    fuckyou fuckoff asshole bullshit motherfucker bitch bastard sexy sexsex
    biteme cocacola pepsi snickers scooter snoopy tweety garfield mickey mickeymouse donald barbie hellokitty
    metallica slipknot nirvana linkinpark eminem rockstar rocknroll guitar music musicman dancer
    samsonite scorpion serenity stella sterling thunder thunderbird tinkerbell travis trinity vampire viking voyager
    wolf wolves wolverine yellow purple orange black blackie white green silverado midnight
    correcthorsebatterystaple correct-horse-battery-staple
    """.split()  # noqa: SIM905 - a page of words is read more easily than a page of quotes
)
_RUNS = tuple(
    run + run
    for forward in (
        "0123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
        "1q2w3e4r5t6y7u8i9o0p",
        "q1w2e3r4t5y6u7i8o9p0",
    )
    for run in (forward, forward[::-1])
)
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LEAST_DIFFERENT = 4
_SIGNS_FOR_LETTERS = str.maketrans("@0135$7", "aoiesst")


def is_common(password: str) -> bool:
    """Whether a guesser would try it among the first."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < _LEAST_DIFFERENT or plain in _WORDS or any(plain in run for run in _RUNS):
        return True
    if _repeats(plain):
        return True
    core = _AROUND.sub("", plain)
    if not core:
        return plain.isdigit()  # dates, telephone and vehicle numbers: all of them are tried
    return any(
        spelling in _WORDS or (len(spelling) > 3 and any(spelling in run for run in _RUNS))
        for spelling in {core, _AROUND.sub("", plain.translate(_SIGNS_FOR_LETTERS))}
    )


def _repeats(plain: str) -> bool:
    """Whether it is one short piece over and over, such as `abcdabcd`."""
    return any(
        len(plain) % size == 0 and plain == plain[:size] * (len(plain) // size) for size in range(1, 5)
    )
