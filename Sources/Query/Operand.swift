internal import BSON

/// A value of a query, in memory of its own, ready to be compared with.
// Sendable: the memory is written in `init` alone, before anyone else knows it, and freed with the last reference.
final class Operand: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    let raw: RawValue

    init(_ value: Value) {
        let byteCount = value.bsonByteCount
        memory = .allocate(byteCount: max(byteCount, 1), alignment: 8)
        value.writeBSON(to: memory)
        raw = RawValue(type: value.bsonType, base: memory)
    }

    deinit { memory.deallocate() }

    var isNaN: Bool { Self.isNaN(raw) }

    static func isNaN(_ value: RawValue) -> Bool {
        switch value.type {
        case .double: value.double?.isNaN ?? false
        case .decimal128: value.decimal128?.description == "NaN"
        default: false
        }
    }
}

/// The values of an `$in`, in order, and its regular expressions: O(log n) to look a value up.
struct OperandList: Sendable {
    let operands: [Operand]
    let patterns: [Pattern]
    let hasNull: Bool

    init(_ values: [Value], patterns: [Pattern] = []) {
        operands = values.map(Operand.init).sorted { Order.compare($0.raw, $1.raw) < 0 }
        self.patterns = patterns
        hasNull = operands.contains { $0.raw.isNull }
    }

    func contains(_ candidate: RawValue?) throws(QueryError) -> Bool {
        guard let candidate else { return hasNull }
        var low = 0
        var high = operands.count
        while low < high {
            let middle = (low + high) / 2
            let order = Order.compare(operands[middle].raw, candidate)
            if order == 0 { return true }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        for pattern in patterns where try pattern.fits(candidate) { return true }
        return false
    }
}
