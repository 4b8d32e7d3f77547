/// The specification's custom validations are functions in JavaScript. This says, by the message with which such a
/// function refuses, as which rule of which field we declare it; the comparison then treats it like any other rule.
struct CustomRule {
    var collection: String
    var message: String
    var fields: [String]
    var rules: FieldRules

    static let all = [
        CustomRule(
            collection: "users", message: "Invalid email format", fields: ["email"],
            rules: ["match": "must be an e-mail address: text@domain.tld, without white space"]),
        CustomRule(
            collection: "users", message: "Username must be 3-30 characters, alphanumeric or underscore",
            fields: ["username"], rules: ["match": "must be 3 to 30 letters, digits or underscores"]),
        // Only where authMethod is password: with another there is no password to measure.
        CustomRule(
            collection: "users", message: "Password must be at least 8 characters", fields: ["password"],
            rules: ["minlength": "8"]),
        CustomRule(
            collection: "agents", message: "Average rating must be between 0 and 5", fields: ["stats.averageRating"],
            rules: ["min": "0", "max": "5"]),
        CustomRule(
            collection: "agents", message: "Pricing cannot be negative",
            fields: ["pricing.daily", "pricing.weekly", "pricing.monthly"], rules: ["min": "0"]),
    ]

    /// What the formats are tried with. None is empty: an empty user name passes, the function does not look at it.
    static let samples = [
        "a@b.c", "a@b", "@b.c", "a@.c", "a@b.", "a@b..c", "a@@b.c", "a b@c.d", "a@b c.d", "a.b@c.d.e", "a@b.c\n", "ab",
        "abc", "a_c", "a-c", "a.c", "ABC_09", "äbc", "a@ö.d", "abc ", String(repeating: "x", count: 30),
        String(repeating: "x", count: 31),
    ]

    /// The messages with which the functions of a validation refuse.
    static func messages(in functions: [String]) -> [String] {
        functions.flatMap { $0.matches(of: /new Error\(\s*'([^']*)'/).map { String($0.1) } }
    }

    /// The regular expressions of a validation, in the order of their use.
    static func patterns(in functions: [String]) -> [String] {
        functions.flatMap { $0.matches(of: /Regex = \/(.*)\/;/).map { String($0.1) } }
    }
}

extension CollectionRules {
    /// With the custom validations as rules of their fields.
    var withCustomRules: CollectionRules {
        var rules = self
        for custom in CustomRule.all where custom.collection == name {
            for path in custom.fields { rules.fields[path]?.merge(custom.rules) { _, rule in rule } }
        }
        return rules
    }
}
