"""Statistics: counts of cases and seizures and sums of quantities, validated as of a date, with what a reader must know beside them."""
