public import BSON

/// One document while an event changes it, in the batch's memory. Indexes and postings follow by themselves.
public struct Draft<C: Collection> {
    let storage: any DocumentStorage
    let entry: Int

    init(_ storage: any DocumentStorage, _ entry: Int) {
        self.storage = storage
        self.entry = entry
    }

    /// Reads or sets a field; setting `nil` removes it.
    public subscript<Wrapped>(_ field: Field<Wrapped>) -> Wrapped? {
        get { storage.raw(entry)[field.path].flatMap { Wrapped.read($0) } }
        nonmutating set {
            if let newValue {
                storage.edit(entry).pointee.set(field.path, newValue, in: storage.arena)
            } else {
                _ = storage.edit(entry).pointee.remove(field.path)
            }
            storage.changed(entry, identity: field.identity)
        }
    }

    /// Adds to a counter, in place.
    public func add(_ amount: Int64, to field: Field<Int64>) {
        guard amount != 0 else { return }
        _ = storage.edit(entry).pointee.add(amount, to: field.path, in: storage.arena)
        storage.changed(entry, identity: field.identity)
    }

    /// Moves a moment forward: a late event never moves it back.
    public func raise(_ field: Field<DateTime>, to time: DateTime) {
        if let now = self[field], now >= time { return }
        self[field] = time
    }

    /// Copies a payload field as it stands; where the event has none, the document keeps its own.
    public func take<Wrapped>(_ field: Field<Wrapped>, from event: RecordedEvent) {
        take(field, from: event, field)
    }

    /// Copies a payload field under another name.
    public func take<Wrapped>(_ field: Field<Wrapped>, from event: RecordedEvent, _ payload: Field<Wrapped>) {
        guard let value = event.data[payload.path] else { return }
        storage.edit(entry).pointee.set(field.path, value, in: storage.arena)
        storage.changed(entry, identity: field.identity)
    }

    /// Writes null.
    public func clear<Wrapped>(_ field: Field<Wrapped>) {
        storage.edit(entry).pointee.setNull(field.path, in: storage.arena)
        storage.changed(entry, identity: field.identity)
    }

    /// Appends an element to an array.
    public func push(_ element: Value, to field: Field<Value>) {
        storage.edit(entry).pointee.push(field.path, element, in: storage.arena)
        storage.changed(entry, identity: field.identity)
    }

    /// Removes the elements that `match` picks.
    @discardableResult
    public func pull(from field: Field<Value>, where match: (RawValue) -> Bool) -> Int {
        let count = storage.edit(entry).pointee.pull(field.path, where: match, in: storage.arena)
        if count > 0 { storage.changed(entry, identity: field.identity) }
        return count
    }

    /// The raw value of a field, valid until the next change.
    public func raw<Wrapped>(_ field: Field<Wrapped>) -> RawValue? { storage.raw(entry)[field.path] }

    // MARK: Private state

    /// Adds a member to a distinct set kept beside the document; false where it was there already.
    public func remember(_ set: StaticString, _ member: ObjectID) -> Bool {
        stateName(set, member).withUnsafeBytes { name in
            if storage.state(entry, name) != nil { return false }
            storage.setState(entry, name, UnsafeRawBufferPointer(start: nil, count: 0))
            return true
        }
    }

    /// Keeps a number beside the document.
    public func keep(_ name: StaticString, _ number: Int64) {
        let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        withUnsafeBytes(of: number.littleEndian) { storage.setState(entry, name, $0) }
    }

    /// The number that was kept last under this name.
    public func kept(_ name: StaticString) -> Int64? {
        let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return storage.state(entry, name).flatMap(keptNumber)
    }

    /// Adds to one of many counters kept beside the document, each 0 before; guards read it by ``Existing/count(_:_:)``.
    public func count(_ amount: Int64, _ counters: StaticString, _ member: ObjectID) {
        stateName(counters, member).withUnsafeBytes { name in
            let sum = (storage.state(entry, name).flatMap(keptNumber) ?? 0) + amount
            withUnsafeBytes(of: sum.littleEndian) { storage.setState(entry, name, $0) }
        }
    }

    // MARK: Patches

    func patch(_ event: RecordedEvent) {
        let document = storage.edit(entry)
        let arena = storage.arena
        if let set = event.data.value(named: "set")?.document {
            set.forEach { name, value in document.pointee.set(FieldPath(dottedUTF8: name), value, in: arena) }
        }
        if let unset = event.data.value(named: "unset")?.document {
            unset.forEach { _, value in
                if let name = value.utf8 { _ = document.pointee.remove(FieldPath(dottedUTF8: name)) }
            }
        }
        // Admission has made every value of push and pull an array of elements.
        if let push = event.data.value(named: "push")?.document {
            push.forEach { name, elements in
                let path = FieldPath(dottedUTF8: name)
                elements.document?.forEach { _, element in document.pointee.push(path, element, in: arena) }
            }
        }
        if let pull = event.data.value(named: "pull")?.document {
            pull.forEach { name, elements in
                elements.document?.forEach { _, wanted in
                    _ = document.pointee.pull(
                        FieldPath(dottedUTF8: name), where: { Order.compare($0, wanted) == 0 }, in: arena)
                }
            }
        }
        storage.changedAnything(entry)
    }
}

/// The name of a member's state: that of the set, a zero, the member.
func stateName(_ set: StaticString, _ member: ObjectID) -> [UInt8] {
    var name: [UInt8] = []
    name.reserveCapacity(set.utf8CodeUnitCount + 13)
    name.append(contentsOf: UnsafeRawBufferPointer(start: set.utf8Start, count: set.utf8CodeUnitCount))
    name.append(0)
    member.withUnsafeBytes { name.append(contentsOf: $0) }
    return name
}

func keptNumber(_ value: UnsafeRawBufferPointer) -> Int64? {
    value.count == 8 ? Int64(littleEndian: value.loadUnaligned(as: Int64.self)) : nil
}
