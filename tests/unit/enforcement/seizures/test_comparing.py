"""Values of a case are found in text however they are written, and other text is left alone."""

from __future__ import annotations

import pytest

from enforcement.seizures.nominal.comparing import read, stands_in


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("name", "João da Silva", "carried by João da Silva"),
        ("name", "João da Silva", "SILVA, JOAO"),
        ("name", "João da Silva", "joao silva"),
        ("name", "João da Silva", "J. Silva had it"),
        ("name", "João da Silva", "Silva (João), again"),
        ("name", "João da Silva", "joaosilva"),
        ("name", "João da Silva", "file joao_da_silva.jpg"),
        ("name", "João da Silva", "J o ã o   d a   S i l v a"),
        ("name", "João da Silva", "Jo\u200bão S\u0456lva"),  # zero-width blank, Cyrillic i
        ("name", "João da Silva", "\uff2a\uff4f\uff41\uff4f \uff33\uff49\uff4c\uff56\uff41"),
        ("name", "Juan Pérez García", "Perez Garcia was the driver"),
        ("name", "Fulano", "asked fulano twice"),
        ("document", "AB 123456-7", "seen ab1234567 there"),
        ("document", "AB1234567", "A.B.1.2.3.4.5.6.7"),
        ("document", "12340567", "no 1234O567"),
        ("telephone", "+55 11 91234-5678", "ring 91234 5678"),
        ("telephone", "+55 11 91234-5678", "011912345678"),
        ("birth-date", "1980-05-12", "on 12/05/1980"),
        ("birth-date", "1980-05-12", "5.12.80"),
        ("birth-date", "1980-05-12", "12 May 1980"),
        ("birth-date", "1980-05-12", "12 de maio de 1980"),
        ("birth-date", "1980-05-12", "le 12 mai 1980"),
        ("birth-date", "12/05/1980", "19800512"),
        ("e-mail", "joao.silva@example.org", "joao.silva (at) example (dot) org or joao silva"),
        ("address", "Rua das Flores, 123, Santos", "at flores 123"),
        ("address", "12 rue de la Paix", "12RUEDELAPAIX"),
        ("company", "Exemplo Comércio Ltda.", "EXEMPLO COMERCIO did it"),
        ("plate", "ABC-1D23", "abc 1d23"),
        ("account", "GB82 WEST 1234 5698 7654 32", "gb82west12345698765432"),
        ("other", "blue 77", "Blue-77"),
    ],
)
def test_a_value_is_found_however_it_is_written(kind: str, value: str, text: str) -> None:
    assert stands_in(kind, value, read(text))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("name", "João da Silva", "hidden in the lining of a suitcase"),
        ("name", "João dos Santos", "Port of Santos"),
        ("name", "João dos Santos", "João Pessoa"),
        ("name", "Ana Lima", "banana, alimony"),
        ("document", "AB1234567", "AB 12 and 34567"),
        ("telephone", "+55 11 91234-5678", "91234 pieces"),
        ("birth-date", "1980-05-12", "12/05/2024"),
        ("address", "Rua das Flores, 123", "123 flowers"),
        ("company", "Exemplo Comércio Ltda.", "an example of commerce"),
    ],
)
def test_other_text_is_left_alone(kind: str, value: str, text: str) -> None:
    assert not stands_in(kind, value, read(text))
