internal import LMDB
internal import BSON

/// What projectors keep beside a document.
extension Batch {
    public func state(_ entry: Int, _ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        stateValues[loadState(entry, name)].value
    }

    public func setState(_ entry: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        save(entry)
        let old = loadState(entry, name)
        if entries[entry].header.count > versionInterval { keepFormerState(entry, old) }
        let key = stateKey(entry, name)
        let space = UInt32(entries[entry].space)
        let copy = UnsafeRawBufferPointer(start: arena.copy(value, capacity: max(1, value.count)), count: value.count)
        stateValues.append((entry, stateValues[old].name, copy, true))
        key.withUnsafeBytes { key in
            let slot = stateTable.find(key, space: space)
            if keepsUndo { undo.append(.state(stateTable.key(at: slot), space: space, old)) }
            stateTable.set(stateValues.count - 1, at: slot)
        }
    }

    private func loadState(_ entry: Int, _ name: UnsafeRawBufferPointer) -> Int {
        let space = UInt32(entries[entry].space)
        let key = stateKey(entry, name)
        return key.withUnsafeBytes { key in
            let slot = stateTable.find(key, space: space)
            if slot >= 0 { return stateTable.value(at: slot) }
            let stored = entries[entry].stateDropped ? nil : read(key, in: target.side(entries[entry].space))
            let copy = stateTable.insert(key, space: space, value: stateValues.count, arena: arena)
            let nameBytes = UnsafeRawBufferPointer(start: copy + (key.count - name.count), count: name.count)
            stateValues.append((entry, nameBytes, stored, false))
            return stateValues.count - 1
        }
    }

    func stateKey(_ entry: Int, _ name: UnsafeRawBufferPointer) -> [UInt8] {
        let document = entries[entry].key
        return [UInt8](unsafeUninitializedCapacity: 1 + document.count + name.count) { key, count in
            let key = UnsafeMutableRawBufferPointer(key)
            key[0] = SideKind.state
            UnsafeMutableRawBufferPointer(rebasing: key[1...]).copyMemory(from: document)
            UnsafeMutableRawBufferPointer(rebasing: key[(1 + document.count)...]).copyMemory(from: name)
            count = key.count
        }
    }
}
