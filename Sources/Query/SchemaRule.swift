internal import BSON

/// What `$jsonSchema` demands of a value. A keyword is about values of its own types; others pass it.
struct SchemaRule: Sendable {
    enum Items: Sendable {
        case each(SchemaRule)
        /// One rule for each place, and one for those after, where they are allowed.
        case places([SchemaRule], Rest)
    }

    /// What is not named one by one.
    indirect enum Rest: Sendable {
        case allowed
        case refused
        case fits(SchemaRule)
    }

    struct Bound: Sendable {
        let operand: Operand
        var isExclusive = false
    }

    var types: TypeSet?
    var allowed: [Operand]?
    // Numbers
    var minimum: Bound?
    var maximum: Bound?
    var multipleOf: Operand?
    // Texts, in code points
    var minLength: Int?
    var maxLength: Int?
    var pattern: Pattern?
    // Arrays
    var minItems: Int?
    var maxItems: Int?
    var hasUniqueItems = false
    var items: [Items] = []
    // Documents
    var required: [[UInt8]] = []
    var properties: [(name: [UInt8], rule: SchemaRule)] = []
    var additional = Rest.allowed
    var minProperties: Int?
    var maxProperties: Int?
    // Any
    var allOf: [SchemaRule] = []
    var anyOf: [SchemaRule] = []
    var oneOf: [SchemaRule] = []
    var not: [SchemaRule] = []
}
