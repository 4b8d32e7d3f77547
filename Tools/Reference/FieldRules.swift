public import Schema
internal import BSON

extension FieldDescriptor {
    /// What the field holds, in a word or two: `string`, `array of objects`.
    public var typeText: String {
        switch kind {
        case .array(let element): "array of \(element.kind.name)s"
        default: reference.map { "\(kind.name) → \($0)" } ?? kind.name
        }
    }

    /// Every rule of the field, in a fixed order, in words.
    public var rules: [String] {
        var rules: [String] = []
        if isRequired { rules.append("required") }
        if let requiredWhen { rules.append("required when `\(requiredWhen.path)` is `\(requiredWhen.equals)`") }
        if !allowed.isEmpty { rules.append(allowed.map { "`\($0)`" }.joined(separator: " ")) }
        if let minimum, let maximum {
            rules.append("\(plain(minimum)) to \(plain(maximum))")
        } else if let minimum {
            rules.append("at least \(plain(minimum))")
        } else if let maximum {
            rules.append("at most \(plain(maximum))")
        }
        if let minLength { rules.append("at least \(minLength) characters") }
        if let maxLength { rules.append("at most \(maxLength) characters") }
        if case .array(let element) = kind {
            if let maxLength = element.maxLength { rules.append("each at most \(maxLength) characters") }
            if !element.allowed.isEmpty {
                rules.append("each of " + element.allowed.map { "`\($0)`" }.joined(separator: " "))
            }
        }
        if isTrimmed { rules.append("trimmed") }
        if isLowercased { rules.append("lower case") }
        if let format { rules.append(format.description) }
        if let defaultValue { rules.append("default \(defaultValue.text)") }
        switch privacy {
        case .open: break
        case .personal: rules.append("personal")
        case .password, .token: rules.append("secret")
        }
        switch maintenance {
        case .caller: break
        case .timestamp: rules.append("the event's time")
        case .derived(let events): rules.append("kept by \(events)")
        case .through(let events): rules.append("changed by \(events)")
        }
        return rules
    }

    private func plain(_ number: Double) -> String { Int64(exactly: number).map { String($0) } ?? String(number) }
}

extension FieldDefault {
    var text: String {
        switch self {
        case .string(let text): "`\(text)`"
        case .int(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .now: "the event's time"
        case .generated(let prefix): "`\(prefix)…`"
        case .numbered(let prefix): "`\(prefix)yyyymmdd-001`, counting within the day"
        }
    }
}
