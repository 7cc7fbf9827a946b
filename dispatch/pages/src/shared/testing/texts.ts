import "../../console/texts";
import "../../courier/texts";
import "../../lookup/texts";
import "../../track/details_texts";
