import "../../console/texts";
import "../../courier/texts";
