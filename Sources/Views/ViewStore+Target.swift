internal import BSON
internal import LMDB
internal import Schema

extension ViewStore {
    /// Which trees a batch reads and writes: every collection's serving slot, or some collections' other slot in a
    /// rebuild. Spaces number them: 0 is the streams, then the collections by their place in the catalogue.
    public final class Target: Sendable {
        static let streamSpace = 0

        // What it needs of the store, which holds the target that serves.
        private let models: [CollectionModel]
        private let tables: [[ViewTables]]
        private let streams: Table
        private let streamChunks: Table
        /// By place in the catalogue.
        public let slots: [Int]
        /// Whether streams, request keys, subtrees and the checkpoint are written too.
        let writesLogIndex: Bool
        /// Whether documents are noted as holding what a key sealed: not where another writer notes the same.
        let writesOwned: Bool
        private let spaces: [Int]

        init(
            models: [CollectionModel], tables: [[ViewTables]], streams: Table, streamChunks: Table, slots: [Int],
            writesLogIndex: Bool, writesOwned: Bool = true
        ) {
            self.models = models
            self.tables = tables
            self.streams = streams
            self.streamChunks = streamChunks
            self.slots = slots
            self.writesLogIndex = writesLogIndex
            self.writesOwned = writesOwned
            var spaces = [Int](repeating: 0, count: Int(models.last?.number.rawValue ?? 0) + 1)
            for (place, model) in models.enumerated() { spaces[Int(model.number.rawValue)] = place + 1 }
            self.spaces = spaces
        }

        /// The same tables, in other slots.
        func with(slots: [Int], writesLogIndex: Bool, writesOwned: Bool = true) -> Target {
            Target(
                models: models, tables: tables, streams: streams, streamChunks: streamChunks, slots: slots,
                writesLogIndex: writesLogIndex, writesOwned: writesOwned)
        }

        var spaceCount: Int { slots.count + 1 }

        func space(of number: CollectionNumber) -> Int { spaces[Int(number.rawValue)] }
        func model(_ space: Int) -> CollectionModel { models[space - 1] }

        func documents(_ space: Int) -> Table {
            space == 0 ? streams : tables[space - 1][slots[space - 1]].documents
        }
        /// Streams have none: what is asked for theirs is never used.
        func indexes(_ space: Int) -> Table {
            space == 0 ? streams : tables[space - 1][slots[space - 1]].indexes
        }
        func side(_ space: Int) -> Table {
            space == 0 ? streamChunks : tables[space - 1][slots[space - 1]].side
        }
        func label(_ space: Int) -> String { space == 0 ? "streams" : "\(model(space).number).\(slots[space - 1])" }
    }

    /// The slots that serve now.
    public func servingTarget() -> Target { serving.now }

    /// The slots that do not serve: where rebuilds write.
    public func rebuildTarget() -> Target {
        let now = servingTarget()
        return now.with(slots: now.slots.map { 1 - $0 }, writesLogIndex: false)
    }

    /// The same beside a writer that keeps all else.
    ///
    /// `writesOwned`: where documents may come to hold what those that serve do not.
    func shadowTarget(writesOwned: Bool = false) -> Target {
        let now = servingTarget()
        return now.with(slots: now.slots.map { 1 - $0 }, writesLogIndex: false, writesOwned: writesOwned)
    }

    /// Lets other slots of these collections serve, from this commit on.
    func commit(_ placements: [Int: Placement], _ transaction: consuming WriteTransaction) throws(LMDBError) {
        let now = servingTarget()
        var slots = now.slots
        for (place, placement) in placements {
            slots[place] = placement.slot
            try store(placement, of: catalogue.collections[place], transaction)
        }
        serving.serve(now.with(slots: slots, writesLogIndex: true), from: transaction.identifier)
        do throws(LMDBError) { try transaction.commit() } catch {
            serving.takeBack()
            throw error
        }
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
