internal import BSON
public import EventLog
internal import LMDB
public import Schema

/// Whose personal data stands where: `persons` gives the key of a person, `owned` the documents that hold what one key
/// sealed. Erasure goes by them.
extension Batch {
    /// Under which key the personal data of the event being applied is sealed.
    struct Sealing {
        let keyID: Digest16
        /// Of the collection that declares the event: its documents get the data.
        let space: Int
        /// Only documents that come to be.
        let creates: Bool
        var inserted: [Int] = []
        var edited: [Int] = []
    }

    /// The event being applied brings personal data about `person`, sealed under this key. To be said after `beginEvent`.
    public func seal(under keyID: Digest16, for person: Person, _ type: Catalogue.EventType) {
        if self.keyID(for: person) != keyID { setKey(keyID, for: person) }
        seal(under: keyID, type)
    }

    /// The same of an event that was held: whose key it is, was said when it was appended.
    func seal(under keyID: Digest16, _ type: Catalogue.EventType) {
        sealing = Sealing(
            keyID: keyID, space: target.space(of: type.declaredBy), creates: type.event.shape == .creation)
    }

    public func keyID(of person: Person) -> [UInt8]? {
        keyID(for: person).map { id in id.withUnsafeBytes { Array($0) } }
    }

    /// The key that seals what is known of a person.
    public func keyID(for person: Person) -> Digest16? {
        let key = person.bytes
        return key.withUnsafeBytes { key -> Digest16? in
            let slot = personTable.find(key, space: 0)
            if slot >= 0 { return personKeys[personTable.value(at: slot)] }
            return storedKeyID(key)
        }
    }

    private func storedKeyID(_ person: UnsafeRawBufferPointer) -> Digest16? {
        guard let stored = read(person, in: views.persons), stored.count == Digest16.byteCount else { return nil }
        return Digest16(stored)
    }

    private func setKey(_ id: Digest16?, for person: Person) {
        let key = person.bytes
        personKeys.append(id)
        key.withUnsafeBytes { key in
            let slot = personTable.find(key, space: 0)
            if slot >= 0 {
                noteUndo(ofPerson: personTable.key(at: slot), personTable.value(at: slot))
                personTable.set(personKeys.count - 1, at: slot)
            } else {
                personKeys.append(storedKeyID(key))
                _ = personTable.insert(key, space: 0, value: personKeys.count - 2, arena: arena)
                noteUndo(ofPerson: personTable.key(at: personTable.find(key, space: 0)), personKeys.count - 1)
            }
        }
    }

    // MARK: Owned documents

    func noteTouched(_ entry: Int, isNew: Bool) {
        guard !isAdjusting, sealing?.space == entries[entry].space else { return }
        if isNew { sealing?.inserted.append(entry) } else { sealing?.edited.append(entry) }
    }

    /// After the projectors: which documents hold what the event brought.
    func settleOwned() {
        guard let sealing else { return }
        self.sealing = nil
        let holders =
            sealing.creates && !sealing.inserted.isEmpty ? sealing.inserted : sealing.inserted + sealing.edited
        for entry in holders where entries[entry].isPresent {
            let key = ownedKey(sealing.keyID, entry)
            key.withUnsafeBytes { key in
                let slot = ownedTable.find(key, space: 0)
                if slot >= 0 {
                    guard ownedTable.value(at: slot) == 0 else { return }
                    ownedTable.set(1, at: slot)
                    noteUndo(ofOwned: ownedTable.key(at: slot))
                } else if read(key, in: views.owned) == nil {
                    _ = ownedTable.insert(key, space: 0, value: 1, arena: arena)
                    noteUndo(ofOwned: ownedTable.key(at: ownedTable.find(key, space: 0)))
                }
            }
        }
    }

    /// The key's id, the collection's number, the encoded `_id`.
    private func ownedKey(_ keyID: Digest16, _ entry: Int) -> [UInt8] {
        let document = entries[entry].key
        let number = UInt8(truncatingIfNeeded: target.model(entries[entry].space).number.rawValue)
        return [UInt8](unsafeUninitializedCapacity: Digest16.byteCount + 1 + document.count) { key, count in
            let key = UnsafeMutableRawBufferPointer(key)
            keyID.withUnsafeBytes { key.copyMemory(from: $0) }
            key[Digest16.byteCount] = number
            UnsafeMutableRawBufferPointer(rebasing: key[(Digest16.byteCount + 1)...]).copyMemory(from: document)
            count = key.count
        }
    }

    /// Notes of no document that it holds what these keys sealed: they were destroyed while this was folded.
    func forgetOwned(_ isDestroyed: (Digest16) -> Bool) {
        guard target.writesOwned else { return }
        var gone: [[UInt8]] = []
        ownedTable.forEach { key, value in
            let id = Digest16(UnsafeRawBufferPointer(rebasing: key[..<Digest16.byteCount]))
            if value == 1, isDestroyed(id) { gone.append(Array(key)) }
        }
        for key in gone {
            key.withUnsafeBytes { key in ownedTable.set(0, at: ownedTable.find(key, space: 0)) }
        }
    }

    // MARK: Erasing

    /// Takes what one key sealed out of every document that holds it, and forgets whose key it was. Postings stay as they
    /// are: a replay whose key is gone gives the same bytes.
    public func erase(_ erasure: Erasure) {
        let keyID = erasure.keyID.withUnsafeBytes { Digest16($0) }
        setKey(erasure.isForGood ? .zero : nil, for: erasure.person)
        guard keyID != .zero else { return }
        erasedKeys.append(keyID)
        var owned: [[UInt8]] = []
        ownedTable.forEach { key, value in
            if value == 1, key.starts(with: erasure.keyID) { owned.append(Array(key)) }
        }
        do {
            if var cursor = try transaction?.cursor(views.owned) {
                var found = try erasure.keyID.withRawBytes { (key) throws(LMDBError) -> Bool in
                    try cursor.seek(atOrAfter: key)
                }
                while found, cursor.key.hasPrefix(erasure.keyID) {
                    owned.append(Array(cursor.key))
                    found = try cursor.next()
                }
            }
        } catch {
            if failure == nil { failure = error }
            return
        }
        for key in owned { erase(key, keyID) }
    }

    private func erase(_ ownedKey: [UInt8], _ keyID: Digest16) {
        let number = CollectionNumber(UInt16(ownedKey[Digest16.byteCount]))
        guard let model = views.catalogue[number] else { return }
        ownedKey.withUnsafeBytes { bytes in
            let documentKey = UnsafeRawBufferPointer(rebasing: bytes[(Digest16.byteCount + 1)...])
            let entry = load(target.space(of: number), documentKey)
            guard entries[entry].isPresent else { return }
            eraseVersions(entry, model.personal, keyID)
            guard let erased = keyID.withUnsafeBytes({ model.personal.erased(raw(entry), keyID: $0) }) else { return }
            replaceUntouched(entry, erased)
        }
    }
}
