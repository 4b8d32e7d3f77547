internal import BSON

extension SchemaRule {
    func fits(_ value: RawValue) throws(QueryError) -> Bool {
        if let types, !types.contains(value.tag) { return false }
        if let allowed, !allowed.contains(where: { Order.compare($0.raw, value) == 0 }) { return false }
        switch value.type {
        case .int32, .int64, .double, .decimal128: guard fitsNumber(value) else { return false }
        case .string: guard try fitsText(value) else { return false }
        case .array: guard try fitsArray(RawDocument(value.base)) else { return false }
        case .document: guard try fitsDocument(RawDocument(value.base)) else { return false }
        default: break
        }
        return try fitsCombinations(value)
    }

    private func fitsNumber(_ value: RawValue) -> Bool {
        if let minimum {
            let comparison: Filter.Comparison = minimum.isExclusive ? .greater : .greaterOrEqual
            guard comparison.holds(value, minimum.operand.raw) else { return false }
        }
        if let maximum {
            let comparison: Filter.Comparison = maximum.isExclusive ? .less : .lessOrEqual
            guard comparison.holds(value, maximum.operand.raw) else { return false }
        }
        guard let multipleOf else { return true }
        if let whole = value.int64, let factor = multipleOf.raw.int64 { return whole % factor == 0 }
        guard let number = Self.double(value), let factor = Self.double(multipleOf.raw) else { return false }
        return number.truncatingRemainder(dividingBy: factor) == 0
    }

    private static func double(_ value: RawValue) -> Double? {
        value.double ?? value.decimal128.flatMap { Double($0.description) }
    }

    private func fitsText(_ value: RawValue) throws(QueryError) -> Bool {
        guard let text = value.utf8 else { return true }
        if minLength != nil || maxLength != nil {
            // Bytes that go on with a character do not count.
            let count = text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
            if let minLength, count < minLength { return false }
            if let maxLength, count > maxLength { return false }
        }
        return try pattern?.matches(text) ?? true
    }

    private func fitsArray(_ array: RawDocument) throws(QueryError) -> Bool {
        if minItems != nil || maxItems != nil {
            let count = array.count
            if let minItems, count < minItems { return false }
            if let maxItems, count > maxItems { return false }
        }
        if hasUniqueItems, Self.repeats(array) { return false }
        for items in items {
            var place = 0
            var elements = array.elements
            while let element = elements.next() {
                guard try Self.fits(element.value, at: place, items) else { return false }
                place += 1
            }
        }
        return true
    }

    private static func fits(_ value: RawValue, at place: Int, _ items: Items) throws(QueryError) -> Bool {
        switch items {
        case .each(let rule): return try rule.fits(value)
        case .places(let rules, let rest):
            if place < rules.count { return try rules[place].fits(value) }
            return try rest.takes(value)
        }
    }

    private static func repeats(_ array: RawDocument) -> Bool {
        var seen: Set<[UInt8]> = []
        var elements = array.elements
        while let element = elements.next() {
            var key: [UInt8] = []
            KeyEncoder.encode(element.value, limit: .max, into: &key)
            guard seen.insert(key).inserted else { return true }
        }
        return false
    }

    private func fitsDocument(_ document: RawDocument) throws(QueryError) -> Bool {
        for name in required where name.withUnsafeBytes({ document.value(named: $0) }) == nil { return false }
        if minProperties != nil || maxProperties != nil {
            let count = document.count
            if let minProperties, count < minProperties { return false }
            if let maxProperties, count > maxProperties { return false }
        }
        if case .allowed = additional, properties.isEmpty { return true }
        var elements = document.elements
        while let element = elements.next() {
            let known = properties.first {
                $0.name.count == element.name.count && $0.name.elementsEqual(element.name)
            }
            guard let known else {
                guard try additional.takes(element.value) else { return false }
                continue
            }
            guard try known.rule.fits(element.value) else { return false }
        }
        return true
    }

    private func fitsCombinations(_ value: RawValue) throws(QueryError) -> Bool {
        for rule in allOf where try !rule.fits(value) { return false }
        for rule in not where try rule.fits(value) { return false }
        if !anyOf.isEmpty {
            var fits = false
            for rule in anyOf where try rule.fits(value) {
                fits = true
                break
            }
            guard fits else { return false }
        }
        guard !oneOf.isEmpty else { return true }
        var count = 0
        for rule in oneOf where try rule.fits(value) { count += 1 }
        return count == 1
    }
}

extension SchemaRule.Rest {
    fileprivate func takes(_ value: RawValue) throws(QueryError) -> Bool {
        switch self {
        case .allowed: true
        case .refused: false
        case .fits(let rule): try rule.fits(value)
        }
    }
}
