internal import LMDB

/// Streams, which are documents without a body, and the keys of requests.
extension Batch {
    /// How many events stand in a stream, those of this batch included.
    public func streamVersion(_ subject: UnsafeRawBufferPointer) -> UInt64 {
        UInt64(entries[load(ViewStore.Target.streamSpace, streamKey(subject))].header.count)
    }

    /// Counts the event at the current position into its stream.
    public func appendToStream(_ subject: UnsafeRawBufferPointer) {
        let entry = load(ViewStore.Target.streamSpace, streamKey(subject))
        if mode == .live { undo.append(.entry(entry, entries[entry])) }
        entries[entry].isPresent = true
        entries[entry].isDirty = true
        entries[entry].savedBy = eventStamp
        touch(entry)
    }

    /// The position of the event with this request key, or 0.
    public func position(ofRequest key: UnsafeRawBufferPointer) -> UInt64 {
        let slot = requestTable.find(key, space: 0)
        if slot >= 0, requestTable.value(at: slot) != 0 { return UInt64(requestTable.value(at: slot)) }
        guard let stored = read(key, in: views.requests), stored.count == 8 else { return 0 }
        return UInt64(littleEndian: stored.loadUnaligned(as: UInt64.self))
    }

    public func rememberRequest(_ key: UnsafeRawBufferPointer, position: UInt64) {
        let slot = requestTable.find(key, space: 0)
        if slot >= 0 {
            requestTable.set(Int(position), at: slot)
        } else {
            _ = requestTable.insert(key, space: 0, value: Int(position), arena: arena)
        }
        if mode == .live {
            undo.append(.request(requestTable.key(at: requestTable.find(key, space: 0))))
        }
    }
}
