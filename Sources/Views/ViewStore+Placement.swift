public import LMDB
public import Schema

extension ViewStore {
    /// Gives views of an empty store their first slot.
    public func place(_ models: [CollectionModel]) throws(LMDBError) {
        let transaction = try beginWrite()
        for model in models { try store(Placement(slot: 0, fingerprint: model.fingerprint), of: model, transaction) }
        try transaction.commit()
    }

    /// LMDB's data file.
    public var dataFile: String { directory + "/data.mdb" }
    public var writesThroughMap: Bool { environment.options.writeMap }
}

extension ViewStore.Placement {
    /// Of a view that is neither the one program's any more nor the other's yet: fingerprints have 32 bytes, so that whoever
    /// opens it builds it anew.
    static func ofNoProgram(slot: Int) -> Self { Self(slot: slot, fingerprint: [0]) }
}
