internal import BSON
public import LMDB
internal import Schema

extension ViewStore {
    /// Which trees a batch reads and writes: every collection's serving slot, or some collections' other slot in a
    /// rebuild. Spaces number them: 0 is the streams, then the collections by their place in the catalogue.
    public final class Target: Sendable {
        static let streamSpace = 0

        private let store: ViewStore
        /// By place in the catalogue.
        public let slots: [Int]
        /// Whether streams, request keys, subtrees and the checkpoint are written too.
        let writesLogIndex: Bool
        private let spaces: [Int]

        init(_ store: ViewStore, slots: [Int], writesLogIndex: Bool) {
            self.store = store
            self.slots = slots
            self.writesLogIndex = writesLogIndex
            var spaces = [Int](
                repeating: 0, count: Int(store.catalogue.collections.last?.number.rawValue ?? 0) + 1)
            for (place, model) in store.catalogue.collections.enumerated() {
                spaces[Int(model.number.rawValue)] = place + 1
            }
            self.spaces = spaces
        }

        var spaceCount: Int { slots.count + 1 }

        func space(of number: CollectionNumber) -> Int { spaces[Int(number.rawValue)] }
        func model(_ space: Int) -> CollectionModel { store.catalogue.collections[space - 1] }

        func documents(_ space: Int) -> Table {
            space == 0 ? store.streams : store.tables[space - 1][slots[space - 1]].documents
        }
        /// Streams have none: what is asked for theirs is never used.
        func indexes(_ space: Int) -> Table {
            space == 0 ? store.streams : store.tables[space - 1][slots[space - 1]].indexes
        }
        func side(_ space: Int) -> Table {
            space == 0 ? store.streamChunks : store.tables[space - 1][slots[space - 1]].side
        }
        func label(_ space: Int) -> String { space == 0 ? "streams" : "\(model(space).number).\(slots[space - 1])" }
    }

    /// The serving slots, as the views say.
    public func servingTarget() throws(LMDBError) -> Target {
        let transaction = try beginRead()
        var slots: [Int] = []
        for model in catalogue.collections { slots.append(try placement(of: model, in: transaction)?.slot ?? 0) }
        return Target(self, slots: slots, writesLogIndex: true)
    }

    /// The slots that do not serve: where rebuilds write.
    public func rebuildTarget() throws(LMDBError) -> Target {
        Target(self, slots: try servingTarget().slots.map { 1 - $0 }, writesLogIndex: false)
    }
}

extension Batch {
    /// The key of a stream: its subject, encoded as text so that long ones are cut and hashed.
    func streamKey(_ subject: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        streamScratch.removeAll(keepingCapacity: true)
        ViewStore.encodeStreamKey(subject, into: &streamScratch)
        return streamScratch.withUnsafeBytes {
            UnsafeRawBufferPointer(start: arena.copy($0), count: $0.count)
        }
    }
}
