import Glibc

/// MongoDB's comparison order of values of all types: MinKey < undefined < null < numbers < strings and symbols < documents
/// < arrays < binary < ObjectId < bool < date < timestamp < regex < DBPointer < code < code with scope < MaxKey.
/// Numbers compare by their exact value whatever their types; NaN is the smallest number and equals itself; -0 equals 0.
public enum Order {
    /// Less than, equal to or greater than 0 as `left` is before, with or after `right`.
    public static func compare(_ left: RawValue, _ right: RawValue) -> Int {
        if left.tag == right.tag { return compareAlike(left, right) }
        let leftRank = rank(left.tag)
        let rightRank = rank(right.tag)
        if leftRank != rightRank { return leftRank < rightRank ? -1 : 1 }
        // Of different types but of one rank: two numbers, or a string and a symbol.
        if left.isNumber { return compareNumbers(left, right) }
        return compareBytes(left.text, right.text)
    }

    /// A missing value counts as null.
    public static func compare(_ left: RawValue?, _ right: RawValue?) -> Int {
        let null = BSONType.null.rawValue
        switch (left, right) {
        case (let left?, let right?): return compare(left, right)
        case (nil, nil): return 0
        case (let left?, nil): return sign(rank(left.tag), rank(null))
        case (nil, let right?): return sign(rank(null), rank(right.tag))
        }
    }

    /// Element by element: rank of the type, then name, then value; a document that is the beginning of another is before it.
    public static func compare(_ left: RawDocument, _ right: RawDocument) -> Int {
        compare(left, right, comparesNames: true)
    }

    static func sign<T: Comparable>(_ left: T, _ right: T) -> Int { left < right ? -1 : left == right ? 0 : 1 }

    /// The place of a type in the order; types that compare with one another share one.
    static func rank(_ tag: UInt8) -> UInt8 {
        switch tag {
        case 0xFF: 1
        case 0x06: 2
        case 0x0A: 5
        case 0x10, 0x12, 0x01, 0x13: 10
        case 0x02, 0x0E: 15
        case 0x03: 20
        case 0x04: 25
        case 0x05: 30
        case 0x07: 35
        case 0x08: 40
        case 0x09: 45
        case 0x11: 47
        case 0x0B: 50
        case 0x0C: 55
        case 0x0D: 60
        case 0x0F: 65
        case 0x7F: 127
        default: 2
        }
    }

    private static func compareAlike(_ left: RawValue, _ right: RawValue) -> Int {
        switch left.tag {
        case 0x07: return Int(memcmp(left.base, right.base, 12))
        case 0x09, 0x12: return sign(left.base.loadUnaligned(as: Int64.self), right.base.loadUnaligned(as: Int64.self))
        case 0x10: return sign(left.base.loadUnaligned(as: Int32.self), right.base.loadUnaligned(as: Int32.self))
        case 0x02, 0x0D, 0x0E: return compareBytes(left.text, right.text)
        case 0x01, 0x13: return compareNumbers(left, right)
        case 0x08: return Int(left.base.load(as: UInt8.self)) - Int(right.base.load(as: UInt8.self))
        case 0x11: return sign(left.base.loadUnaligned(as: UInt64.self), right.base.loadUnaligned(as: UInt64.self))
        case 0x03: return compare(RawDocument(left.base), RawDocument(right.base), comparesNames: true)
        case 0x04: return compare(RawDocument(left.base), RawDocument(right.base), comparesNames: false)
        case 0x05, 0x0C: return compareLengthFirst(left, right)
        case 0x0B:
            guard let left = left.regex, let right = right.regex else { return 0 }
            let order = compareBytes(left.pattern, right.pattern)
            return order != 0 ? order : compareBytes(left.options, right.options)
        case 0x0F:
            let left = left.scopedCode
            let right = right.scopedCode
            let order = compareBytes(left.code, right.code)
            return order != 0 ? order : compare(left.scope, right.scope)
        default: return 0
        }
    }

    static func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let shared = min(left.count, right.count)
        if shared > 0, let leftBase = left.baseAddress, let rightBase = right.baseAddress {
            let order = Int(memcmp(leftBase, rightBase, shared))
            if order != 0 { return order }
        }
        return left.count - right.count
    }

    /// Binary data: length, subtype, bytes. DBPointers: length of the name, name, id.
    private static func compareLengthFirst(_ left: RawValue, _ right: RawValue) -> Int {
        let leftCount = left.byteCount
        let rightCount = right.byteCount
        if leftCount != rightCount { return leftCount - rightCount }
        return Int(memcmp(left.base, right.base, leftCount))
    }

    private static func compare(_ left: RawDocument, _ right: RawDocument, comparesNames: Bool) -> Int {
        var leftElements = left.elements
        var rightElements = right.elements
        while true {
            switch (leftElements.next(), rightElements.next()) {
            case (nil, nil): return 0
            case (nil, _?): return -1
            case (_?, nil): return 1
            case (let left?, let right?):
                let order = sign(rank(left.value.tag), rank(right.value.tag))
                if order != 0 { return order }
                if comparesNames {
                    let order = compareBytes(left.name, right.name)
                    if order != 0 { return order }
                }
                let valueOrder = compare(left.value, right.value)
                if valueOrder != 0 { return valueOrder }
            }
        }
    }
}
