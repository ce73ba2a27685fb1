"""What generated rows are made of: names of people and of products."""

from __future__ import annotations

# name of the subcategory, category, number of products for sale, lowest and highest list price
SUBCATEGORIES = (
    ("Mountain Bikes", 1, 32, 540, 3400),
    ("Road Bikes", 1, 43, 540, 3580),
    ("Touring Bikes", 1, 22, 740, 2385),
    ("Handlebars", 2, 8, 45, 120),
    ("Bottom Brackets", 2, 3, 54, 121),
    ("Brakes", 2, 2, 100, 110),
    ("Chains", 2, 1, 20, 22),
    ("Cranksets", 2, 3, 175, 405),
    ("Derailleurs", 2, 2, 91, 121),
    ("Forks", 2, 3, 148, 229),
    ("Headsets", 2, 3, 34, 125),
    ("Mountain Frames", 2, 28, 250, 1365),
    ("Pedals", 2, 7, 40, 81),
    ("Road Frames", 2, 33, 337, 1432),
    ("Saddles", 2, 9, 27, 53),
    ("Touring Frames", 2, 18, 333, 1004),
    ("Wheels", 2, 14, 61, 357),
    ("Bib-Shorts", 3, 3, 85, 95),
    ("Caps", 3, 1, 8, 10),
    ("Gloves", 3, 6, 24, 38),
    ("Jerseys", 3, 8, 50, 54),
    ("Shorts", 3, 7, 60, 70),
    ("Socks", 3, 4, 8, 10),
    ("Tights", 3, 3, 70, 80),
    ("Vests", 3, 3, 60, 65),
    ("Bike Racks", 4, 1, 115, 125),
    ("Bike Stands", 4, 1, 150, 160),
    ("Bottles and Cages", 4, 3, 5, 10),
    ("Cleaners", 4, 1, 7, 9),
    ("Fenders", 4, 1, 20, 24),
    ("Helmets", 4, 3, 33, 37),
    ("Hydration Packs", 4, 1, 50, 60),
    ("Lights", 4, 3, 14, 45),
    ("Locks", 4, 1, 24, 26),
    ("Panniers", 4, 1, 120, 130),
    ("Pumps", 4, 2, 20, 25),
    ("Tires and Tubes", 4, 11, 3, 35),
)
CATEGORIES = ("Bikes", "Components", "Clothing", "Accessories")
FIRST_NAMES = """
    Aisha Alan Alice Amir Ana Andre Anna Ben Carla Carlos Chen Clara Daniel Diego Elena Emil
    Emma Eric Fatima Felix Finn Grace Hana Hugo Ines Ivan Jack James Jana Joan José Julia
    Karim Kate Ken Lara Leo Lina Louis Lucy Luis Maja Marc Maria Max Mei Mia Milan Nina Noah
    Nora Olga Omar Paul Pia Priya Ravi René Rosa Ruth Sam Sara Sofia Sven Tara Theo Tom Uma
    Vera Victor Wei Yara Yusuf Zoë
""".split()  # noqa: SIM905 - shorter than a list, and easier to read
LAST_NAMES = """
    Abel Adler Ahmed Alvarez Anand Baker Barnes Becker Bell Blanc Brandt Brooks Campos Carter
    Chen Clark Costa Cruz Diaz Duval Eaton Fischer Flores Ford Fuchs García Gill Gomez Gray
    Haas Hall Harris Hill Huang Hughes Iyer Jansen Jones Kaur Keller Khan Kim Klein Kovacs
    Kumar Lang Lee Lopez Marin Martin Meyer Mills Moreau Moreno Müller Muñoz Nair Nelson Novak
    Olsen Ortiz Park Patel Perez Price Ramos Reed Rossi Roux Roy Sato Schmidt Shah Silva Stone
    Suarez Tanaka Torres Vega Wagner Walker Wang Weber White Wolf Wood Wright Xu Young Zhang
""".split()  # noqa: SIM905 - shorter than a list, and easier to read
COLORS = ["Black", "Blue", "Grey", "Multi", "Red", "Silver", "White", "Yellow"]
