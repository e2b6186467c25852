"""Places in Spain: provinces, localities, postal codes, and the address codes of the networks.

`PROVINCES` is data: the two digits that begin a postal code (Real Decreto 2296/1981), the name of
the province, and some of its localities.
"""

from random import Random
from typing import Final, NamedTuple

from mockserver.sample.chance import below, between, digits, pick


class Province(NamedTuple):
    """A province: first two digits of its postal codes, name, some localities."""

    prefix: str
    name: str
    localities: tuple[str, ...]


PROVINCES: Final = (
    Province("01", "Álava", ("Vitoria-Gasteiz", "Llodio", "Amurrio")),
    Province("02", "Albacete", ("Albacete", "Hellín", "Villarrobledo")),
    Province("03", "Alicante", ("Alicante", "Elche", "Torrevieja")),
    Province("04", "Almería", ("Almería", "Roquetas de Mar", "El Ejido")),
    Province("05", "Ávila", ("Ávila", "Arévalo", "Arenas de San Pedro")),
    Province("06", "Badajoz", ("Badajoz", "Mérida", "Don Benito")),
    Province("07", "Illes Balears", ("Palma", "Manacor", "Maó")),
    Province("08", "Barcelona", ("Barcelona", "Sabadell", "Terrassa")),
    Province("09", "Burgos", ("Burgos", "Miranda de Ebro", "Aranda de Duero")),
    Province("10", "Cáceres", ("Cáceres", "Plasencia", "Navalmoral de la Mata")),
    Province("11", "Cádiz", ("Cádiz", "Jerez de la Frontera", "Algeciras")),
    Province("12", "Castellón", ("Castelló de la Plana", "Vila-real", "Borriana")),
    Province("13", "Ciudad Real", ("Ciudad Real", "Puertollano", "Tomelloso")),
    Province("14", "Córdoba", ("Córdoba", "Lucena", "Puente Genil")),
    Province("15", "A Coruña", ("A Coruña", "Santiago de Compostela", "Ferrol")),
    Province("16", "Cuenca", ("Cuenca", "Tarancón", "San Clemente")),
    Province("17", "Girona", ("Girona", "Figueres", "Blanes")),
    Province("18", "Granada", ("Granada", "Motril", "Almuñécar")),
    Province("19", "Guadalajara", ("Guadalajara", "Azuqueca de Henares", "Sigüenza")),
    Province("20", "Gipuzkoa", ("Donostia", "Irun", "Errenteria")),
    Province("21", "Huelva", ("Huelva", "Lepe", "Almonte")),
    Province("22", "Huesca", ("Huesca", "Monzón", "Barbastro")),
    Province("23", "Jaén", ("Jaén", "Linares", "Andújar")),
    Province("24", "León", ("León", "Ponferrada", "Astorga")),
    Province("25", "Lleida", ("Lleida", "Balaguer", "Tàrrega")),
    Province("26", "La Rioja", ("Logroño", "Calahorra", "Arnedo")),
    Province("27", "Lugo", ("Lugo", "Monforte de Lemos", "Viveiro")),
    Province("28", "Madrid", ("Madrid", "Móstoles", "Alcalá de Henares")),
    Province("29", "Málaga", ("Málaga", "Marbella", "Fuengirola")),
    Province("30", "Murcia", ("Murcia", "Cartagena", "Lorca")),
    Province("31", "Navarra", ("Pamplona", "Tudela", "Estella")),
    Province("32", "Ourense", ("Ourense", "Verín", "O Carballiño")),
    Province("33", "Asturias", ("Oviedo", "Gijón", "Avilés")),
    Province("34", "Palencia", ("Palencia", "Aguilar de Campoo", "Guardo")),
    Province("35", "Las Palmas", ("Las Palmas de Gran Canaria", "Telde", "Arrecife")),
    Province("36", "Pontevedra", ("Pontevedra", "Vigo", "Vilagarcía de Arousa")),
    Province("37", "Salamanca", ("Salamanca", "Béjar", "Ciudad Rodrigo")),
    Province("38", "Santa Cruz de Tenerife", ("Santa Cruz de Tenerife", "Arona", "Adeje")),
    Province("39", "Cantabria", ("Santander", "Torrelavega", "Castro-Urdiales")),
    Province("40", "Segovia", ("Segovia", "Cuéllar", "El Espinar")),
    Province("41", "Sevilla", ("Sevilla", "Dos Hermanas", "Utrera")),
    Province("42", "Soria", ("Soria", "Almazán", "El Burgo de Osma")),
    Province("43", "Tarragona", ("Tarragona", "Reus", "Tortosa")),
    Province("44", "Teruel", ("Teruel", "Alcañiz", "Andorra")),
    Province("45", "Toledo", ("Toledo", "Talavera de la Reina", "Illescas")),
    Province("46", "Valencia", ("Valencia", "Gandia", "Torrent")),
    Province("47", "Valladolid", ("Valladolid", "Medina del Campo", "Laguna de Duero")),
    Province("48", "Bizkaia", ("Bilbao", "Barakaldo", "Getxo")),
    Province("49", "Zamora", ("Zamora", "Benavente", "Toro")),
    Province("50", "Zaragoza", ("Zaragoza", "Calatayud", "Utebo")),
    Province("51", "Ceuta", ("Ceuta",)),
    Province("52", "Melilla", ("Melilla",)),
)
BY_PREFIX: Final = {province.prefix: province for province in PROVINCES}
BY_NAME: Final = {province.name: province for province in PROVINCES}
HANDS: Final = ("DCHA", "IZDA", "CNTR", "A   ", "B   ", "C   ", "D   ")


def postal_code(rng: Random) -> str:
    """A Spanish postal code, 5 digits: `48003`."""
    return f"{pick(rng, PROVINCES).prefix}{between(rng, 1, 899):03d}"


def province(rng: Random) -> str:
    """The name of a province."""
    return pick(rng, PROVINCES).name


def locality(rng: Random) -> str:
    """The name of a town or city."""
    return pick(rng, pick(rng, PROVINCES).localities)


def province_at(_rng: Random, code: object) -> str | None:
    """The province of a postal code (text or number); None when there is none."""
    found = BY_PREFIX.get(str(code).zfill(5)[:2])
    return found.name if found else None


def locality_at(rng: Random, code: object) -> str | None:
    """A locality of the province of a postal code; None when there is no such province."""
    found = BY_PREFIX.get(str(code).zfill(5)[:2])
    return pick(rng, found.localities) if found else None


def locality_in(rng: Random, name: object) -> str | None:
    """A locality of the province called `name`; None when there is none of that name."""
    found = BY_NAME.get(str(name))
    return pick(rng, found.localities) if found else None


def gescal17(rng: Random) -> str:
    """GESCAL of a building, 17 digits: municipality 7 (province 2), street 5, building 5."""
    prefix = pick(rng, PROVINCES).prefix
    return f"{prefix}{between(rng, 1, 320):05d}{digits(rng, 5)}{between(rng, 1, 250):05d}"


def gescal37(rng: Random) -> str:
    """GESCAL of a dwelling, 37 characters, padded with spaces that count.

    The form is that of `28000010276800007         006DCHA    `: building 17, nine blanks (block,
    door, letter and stair are not used), floor 3, hand 4, four blanks.
    """
    return f"{gescal17(rng)}{'':9}{between(rng, 0, 12):03d}{pick(rng, HANDS)}{'':4}"


def address_id(rng: Random) -> str:
    """Identifier of an address, one letter and 37 digits."""
    return f"{'M' if below(rng, 3) else 'J'}{between(rng, 1_000_000, 9_999_999):037d}"
