// libbson: the text of Decimal128, and the oracle our own reader and writer are tested against.
#include <bson/bson.h>
