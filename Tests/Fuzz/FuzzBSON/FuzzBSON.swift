import BSON
import FuzzDriver

/// Throws bytes at everything of module BSON that reads bytes from outside: whatever they are, nothing may crash, hang or
/// read past their end, and what is accepted must be what it is said to be.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { bytes in
        decodeKeys(bytes)
        if let document = try? RawDocument.validated(bytes) {
            read(document)
            edit(document)
            encode(document)
        }
    }
}

private func decodeKeys(_ bytes: UnsafeRawBufferPointer) {
    for descending in [false, true] {
        var rest = bytes
        var components = 0
        while !rest.isEmpty, KeyEncoder.decode(&rest, descending: descending) != nil, components < 100 {
            components += 1
        }
    }
}

private func read(_ document: RawDocument) {
    precondition(document.byteCount == document.bytes.count)
    let owned = RawValue(document).owned()
    precondition(owned.bsonByteCount >= 5)
    document.forEach { name, value in
        precondition(document.value(named: name) != nil, "what a walk finds a search finds")
        precondition(Order.compare(value, value) == 0, "a value equals itself")
        _ = (value.int64, value.double, value.string, value.decimal128?.description, value.dateTime?.description)
    }
}

private func edit(_ document: RawDocument) {
    let arena = Arena(chunkBytes: 4_096)
    var edited = MutableDocument(copying: document, in: arena, slack: 0)
    let paths: [FieldPath] = ["a", "a.b", "b", "_id", "list", "a.list"]
    for path in paths {
        edited.set(path, "text", in: arena)
        edited.push(path, Int64(1), in: arena)
        edited.add(1, to: "counts.n", in: arena)
        if edited[path] != nil { edited.setNull(path, in: arena) }
    }
    document.forEach { name, value in
        edited.set(FieldPath(components: [String(decoding: name, as: UTF8.self), "x"]), value, in: arena)
    }
    for path in paths { edited.remove(path) }
    let limits = RawDocument.Limits(maxBytes: .max, maxDepth: 102)
    precondition((try? RawDocument.validated(edited.raw.bytes, limits: limits)) != nil, "an edited document is valid")
}

private func encode(_ document: RawDocument) {
    var key: [UInt8] = []
    var other: [UInt8] = []
    var last: RawValue?
    document.forEach { _, value in
        key.removeAll(keepingCapacity: true)
        let wasCut = KeyEncoder.encode(value, into: &key)
        if let last, !wasCut, !other.isEmpty {
            let order = Order.compare(last, value).signum()
            let keyOrder = other == key ? 0 : other.lexicographicallyPrecedes(key) ? -1 : 1
            precondition(order == keyOrder, "keys order as values do")
        }
        last = value
        other = wasCut ? [] : key
    }
    let pattern = IndexPattern([.init("a"), .init("b.c", descending: true)], sparse: true)
    pattern.forEachKey(of: document, scratch: &key) { precondition($0.count <= 511) }
    _ = pattern.hasParallelArrays(in: document)
}
