import "../../console/texts";
import "../../courier/texts";
import "../../distributor/texts";
import "../../leader/texts";
import "../../lookup/texts";
import "../../track/details_texts";
