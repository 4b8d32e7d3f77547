import Glibc

/// The type wrappers of MongoDB's Extended JSON v2: objects such as `{"$oid": "…"}` that stand for a BSON value, told by
/// a name that no other object may contain. (`$ref`, `$id`, `$db` of a DBRef are ordinary members, as are `$regex` and
/// `$type`, which the specification leaves to queries.)
enum ExtendedJSONWrapper: UInt8 {
    case none
    case objectID
    case symbol
    case int32
    case int64
    case double
    case decimal128
    case binary
    case uuid
    case code
    case scope
    case timestamp
    case regularExpression
    case dbPointer
    case date
    case minKey
    case maxKey
    case undefined

    /// How many objects a wrapper and what it holds can nest: `{"$dbPointer": {"$ref": …, "$id": {"$oid": …}}}`.
    static var deepest: Int { 3 }

    /// The wrapper a member's name announces.
    init(name: UnsafeRawBufferPointer) {
        func matches(_ literal: StaticString) -> Bool {
            guard name.count == literal.utf8CodeUnitCount, let start = name.baseAddress else { return false }
            return memcmp(start, literal.utf8Start, name.count) == 0
        }
        self =
            switch name.count {
            case 4 where matches("$oid"): .objectID
            case 5 where matches("$date"): .date
            case 5 where matches("$uuid"): .uuid
            case 5 where matches("$code"): .code
            case 6 where matches("$scope"): .scope
            case 7 where matches("$symbol"): .symbol
            case 7 where matches("$binary"): .binary
            case 7 where matches("$minKey"): .minKey
            case 7 where matches("$maxKey"): .maxKey
            case 10 where matches("$numberInt"): .int32
            case 10 where matches("$timestamp"): .timestamp
            case 10 where matches("$dbPointer"): .dbPointer
            case 10 where matches("$undefined"): .undefined
            case 11 where matches("$numberLong"): .int64
            case 13 where matches("$numberDouble"): .double
            case 14 where matches("$numberDecimal"): .decimal128
            case 18 where matches("$regularExpression"): .regularExpression
            default: .none
            }
    }
}
