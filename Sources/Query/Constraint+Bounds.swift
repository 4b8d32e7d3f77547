internal import BSON

extension Constraint {
    /// How keys of a part look.
    struct PartForm {
        let isDescending: Bool
        /// Where components are cut.
        let limit: Int
        /// The keys of a document are those of an array's elements.
        let mayBeArray: Bool
    }

    /// The keys that a fitting document has one of; `nil` where all may be.
    func bounds(_ form: PartForm) -> Bounds? {
        switch test {
        case .compare(.equal, let operand): Self.points([operand], [], form)
        case .compare(let comparison, let operand): Self.side(comparison, operand, form)
        case .within(let list): Self.points(list.operands, list.patterns, form)
        case .type(let types): Self.brackets(types, form)
        case .remainder: Self.brackets(.numbers, form)
        case .pattern(let pattern): Self.points([], [pattern], form)
        case .exists, .size, .anyElement, .anyElementPasses: nil
        }
    }

    /// An index has the elements of an array in its place, and undefined for an empty one.
    private static func hasKey(_ operand: Operand) -> Bool {
        operand.raw.type != .array && operand.raw.type != .undefined
    }

    /// The values of a list, as keys.
    private static func points(_ operands: [Operand], _ patterns: [Pattern], _ form: PartForm) -> Bounds? {
        guard operands.allSatisfy(hasKey) else { return nil }
        var isExact = patterns.isEmpty
        var stretches = operands.map { operand in
            let (key, wasCut) = self.key(operand.raw, form)
            // An element that is no document lacks the field for the index, and leads nowhere for the filter.
            if wasCut || (form.mayBeArray && operand.raw.isNull) { isExact = false }
            return Bounds.point(key)
        }
        for pattern in patterns { stretches += self.stretches(pattern, form) }
        return Bounds(stretches, isExact: isExact)
    }

    private static func side(_ comparison: Filter.Comparison, _ operand: Operand, _ form: PartForm) -> Bounds? {
        switch operand.raw.type {
        case .minKey, .maxKey, .array, .undefined: return nil
        default: break
        }
        let isIncluding = comparison == .lessOrEqual || comparison == .greaterOrEqual
        if operand.isNaN { return isIncluding ? points([operand], [], form) : Bounds([], isExact: true) }
        let interval = KeyInterval.side(
            comparison, operand.raw, descending: form.isDescending, limit: form.limit)
        let (_, wasCut) = key(operand.raw, form)
        return Bounds([.init(interval: interval, isPoint: false)], isExact: !wasCut && !form.mayBeArray)
    }

    private static func brackets(_ types: TypeSet, _ form: PartForm) -> Bounds? {
        guard !types.contains(BSONType.array.rawValue) else { return nil }
        let stretches = types.members.map { type in
            let range = TypeBracket.range(of: type.rawValue, descending: form.isDescending)
            return Bounds.Stretch(
                interval: KeyInterval(lower: range.lower, upper: range.upper), isPoint: false)
        }
        return Bounds(stretches, isExact: false)
    }

    /// Texts that begin as every match does, and the regular expression itself.
    private static func stretches(_ pattern: Pattern, _ form: PartForm) -> [Bounds.Stretch] {
        let prefix = pattern.literalPrefix
        let texts: KeyInterval
        if prefix.isEmpty {
            let range = TypeBracket.range(of: BSONType.string.rawValue, descending: form.isDescending)
            texts = KeyInterval(lower: range.lower, upper: range.upper)
        } else {
            var key: [UInt8] = []
            _ = prefix.withUnsafeBytes { KeyEncoder.encode(utf8: $0, limit: .max, into: &key) }
            // What is encoded ends in a zero byte, and is whole only up to where components are cut.
            let beginning = key.dropLast().prefix(form.limit)
            texts = .starting(with: form.isDescending ? beginning.map { ~$0 } : Array(beginning))
        }
        let itself = Value.regex(pattern.source, pattern.options).withRaw { key($0, form).key }
        return [.init(interval: texts, isPoint: false), Bounds.point(itself)]
    }

    private static func key(_ value: RawValue, _ form: PartForm) -> (key: [UInt8], wasCut: Bool) {
        var key: [UInt8] = []
        let wasCut = KeyEncoder.encode(value, descending: form.isDescending, limit: form.limit, into: &key)
        return (key, wasCut)
    }
}
