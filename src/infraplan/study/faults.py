"""What pydantic finds in a file of settings, a scenario or a layer, by the codes of our own sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infraplan.core import Phrase, Term

# code by pydantic's type of a finding
_CODES = {
    "extra_forbidden": "toml.unknown_key",
    "missing": "toml.missing_key",
    "string_type": "toml.no_text",
    "int_type": "toml.no_whole_number",
    "int_parsing": "toml.no_whole_number_in_text",
    "int_from_float": "toml.fraction",
    "float_type": "toml.no_number",
    "float_parsing": "toml.no_number_in_text",
    "finite_number": "toml.not_finite",
    "greater_than_equal": "toml.below",
    "less_than_equal": "toml.above",
    "literal_error": "toml.no_choice",
    "tuple_type": "toml.no_list",
    "dict_type": "toml.no_table",
    "model_type": "toml.no_table_of",
    "bool_type": "toml.no_truth",
    "bool_parsing": "toml.no_truth_in_text",
    "too_short": "toml.too_few",
    "too_long": "toml.too_many",
    "string_too_short": "toml.too_short",
    "string_pattern_mismatch": "toml.no_match",
}


def name_fault(finding: Mapping[str, Any]) -> Phrase:
    """Return one finding of pydantic as a phrase; in pydantic's own words where it is of an unknown type."""
    context = finding.get("ctx", {})
    least, most = (context.get(f"{end}_length") for end in ("min", "max"))
    return Phrase(
        _CODES.get(finding["type"], "toml.unfit"),
        {
            "said": finding["msg"][:1].lower() + finding["msg"][1:],
            "least": least if least is not None else context.get("ge"),
            "most": most if most is not None else context.get("le"),
            "found": context.get("actual_length"),
            "kind": Term(str(context.get("field_type", "")).lower()),
            "items": Term("item" if 1 in (least, most) else "items"),
            "characters": Term("character" if least == 1 else "characters"),
            "pattern": context.get("pattern", ""),
            "class_name": context.get("class_name", ""),
            # pydantic hands over the choices as one text
            "known": tuple(str(context.get("expected", "")).replace(" or ", ", ").split(", ")),
        },
    )
