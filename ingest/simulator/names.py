"""Made-up names, addresses and personal numbers. No number here can be a living person's."""

from typing import Any

import numpy as np
import numpy.typing as npt


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = _words("""
    Alva Amira Anders Anna Astrid Axel Birgitta Björn Bo Carina Cecilia Daniel David Ebba Elias Elin
    Elsa Emil Emma Erik Eva Fatima Filip Frida Gunilla Gustav Hanna Hassan Henrik Hugo Håkan Ida Inga
    Ingrid Jakob Johan Jonas Josefin Kalle Karin Katarina Klara Lars Leila Lena Linnéa Lovisa Magnus
    Maja Malin Margareta Maria Martin Mehmet Mikael Mohamed Nils Noor Olle Oskar Per Petra Rasmus Sara
    Siv Sofia Stefan Stina Sven Tove Tuva Ulf Viktor Vera Yusuf Åke Åsa Örjan Östen
""")
_FAMILY_HEADS = _words("""
    Al Asp Berg Björk Blom Bäck Dal Ek Eng Fors Gran Hag Hall Hed Holm Klint Kvarn Lind Ljung Lund Mo
    Norr Ny Ros Sand Sjö Skog Sten Strand Ström Sund Säv Våg Åker Ås Öst
""")
_FAMILY_TAILS = _words("""
    berg blad borg dahl fors gren holm kvist lid lund man mark qvist stam ström sten vall vik
""")
FAMILY = tuple(sorted({head + tail for head in _FAMILY_HEADS for tail in _FAMILY_TAILS if head.lower() != tail}))
STREETS = _words("""
    Ankargränd Backvägen Björkstigen Bruksgatan Bryggargatan Ekvägen Fyrvägen Gärdesvägen Hamngatan
    Hasselvägen Kaptensgatan Kvarnvägen Kyrkogatan Lotsgatan Lövstigen Magasinsgatan Notvägen Parkgatan
    Prästgårdsvägen Ringvägen Rönnvägen Segelvägen Sjögatan Skeppargatan Skolgatan Smedjegatan Solvägen
    Storgatan Strandvägen Tallvägen Torggatan Tullgatan Varvsgatan Vassvägen Ängsvägen Åkervägen
""")
AREAS = _words("""
    Norrvik Sundet Ekbacken Hamnen Åsen Bruket Kyrkbyn Strandängen Lotsholmen Kvarnbacken Söderby
    Vassviken
""")

# Skatteverket gives these serials to no one: they are for tests.
_TEST_SERIALS = range(980, 1000)


def personal_numbers(rng: np.random.Generator, count: int, youngest: str, oldest: str) -> npt.NDArray[np.str_]:
    """COUNT different twelve-digit personal numbers, born from OLDEST to YOUNGEST (ISO dates), with test serials only.

    Errors:  ValueError if there are fewer test numbers than that.
    """
    days = (np.datetime64(youngest) - np.datetime64(oldest)).astype(int) + 1
    drawn = rng.choice(days * len(_TEST_SERIALS), count, replace=False)
    dates = np.datetime64(oldest) + drawn // len(_TEST_SERIALS)
    serials = _TEST_SERIALS.start + drawn % len(_TEST_SERIALS)
    eleven = np.char.add(np.char.replace(dates.astype("datetime64[D]").astype(str), "-", ""), serials.astype(str))
    return np.char.add(eleven, check_digits(eleven).astype(str))


def check_digits(eleven: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """The Luhn digit of each YYYYMMDDNNN; the century takes no part in it.

    >>> check_digits(np.array(["19121212121"])).tolist()
    [2]
    """
    digits = np.array([list(number[2:]) for number in eleven.tolist()], np.int64).reshape(len(eleven), 9)
    doubled = digits * np.array([2, 1, 2, 1, 2, 1, 2, 1, 2])
    digit: npt.NDArray[np.int64] = -(doubled // 10 + doubled % 10).sum(axis=1) % 10
    return digit


def plain(text: str) -> str:
    """TEXT in the letters that account names are made of.

    >>> plain("Åsa Öhrn-Linnér")
    'asaohrnlinner'
    """
    return "".join(letter for letter in text.lower().translate(_PLAIN) if letter.isascii() and letter.isalnum())


_PLAIN = str.maketrans({"å": "a", "ä": "a", "ö": "o", "é": "e", "ü": "u"})


def unique(wanted: list[str]) -> list[str]:
    """WANTED, where the second of a kind gets a 2 at its end, and so on."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for name in wanted:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}{seen[name]}")
    return names


def drawn(rng: np.random.Generator, names: tuple[str, ...], count: int) -> npt.NDArray[Any]:
    """COUNT of NAMES, the first ones more often: names are not evenly spread."""
    picked: npt.NDArray[Any] = np.array(names, dtype=object)[(rng.random(count) ** 1.5 * len(names)).astype(int)]
    return picked
