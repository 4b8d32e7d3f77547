@testable import Annals
import BSON
import EventLog
import FuzzDriver
@testable import Views

/// Bytes that opening, history and verification read from the views: posting headers and chunks, checkpoint, marker, index
/// keys. The first byte of an input says which reader gets the rest.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzViews(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { bytes in
        guard let reader = bytes.first else { return }
        let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        switch reader % 5 {
        case 0: readHeader(rest)
        case 1: readChunk(rest)
        case 2: readCheckpoint(rest)
        case 3: readMarker(Array(rest))
        default: readIndexKey(rest)
        }
    }
}

private func readHeader(_ bytes: UnsafeRawBufferPointer) {
    guard var header = PostingHeader(bytes) else { return }
    precondition(header.storedCount <= bytes.count, "longer than what it was read from")
    let again = UnsafeMutableRawBufferPointer.allocate(byteCount: header.storedCount, alignment: 1)
    defer { again.deallocate() }
    if let base = again.baseAddress { header.store(to: base) }
    precondition(again.elementsEqual(bytes.prefix(header.storedCount)), "it reads back as something else")
    _ = header.first
    guard header.last < .max - 200, header.count < .max - 200 else { return }
    for step in 1...100 {
        let position = header.last + (step % 9 == 0 ? 2 : 1)
        let count = header.count
        let spilled = header.append(position)
        precondition(header.last == position && header.count == count + 1, "a position is not counted")
        precondition(Int(header.byteCount) <= PostingHeader.capacity, "more positions than there is room for")
        precondition(spilled == nil || header.first == position, "what follows a chunk starts anew")
    }
}

private func readChunk(_ bytes: UnsafeRawBufferPointer) {
    var last: UInt64 = 0
    _ = PostingHeader.forEach(in: bytes) { position in
        precondition(position >= last, "positions go backwards")
        last = position
        return true
    }
}

private func readCheckpoint(_ bytes: UnsafeRawBufferPointer) {
    guard let checkpoint = Checkpoint(serialized: bytes) else { return }
    precondition(bytes.elementsEqual(checkpoint.serialized), "it reads back as something else")
    _ = checkpoint.frontier.root
}

private func readMarker(_ bytes: [UInt8]) {
    guard let marker = ViewsMarker(bytes) else { return }
    precondition(ViewsMarker(marker.bytes) == marker, "it reads back as something else")
}

private func readIndexKey(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    let key = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
    let value = [first]
    let isPlain = first % 2 == 0
    value.withUnsafeBytes { value in
        let found = IndexEntry.documentKey(
            key, isPlain ? UnsafeRawBufferPointer(start: nil, count: 0) : value)
        precondition(found.count < key.count || key.isEmpty, "no byte is left for the index")
    }
}
