public import BSON
internal import Crypto
public import EventLog
public import LMDB
public import Schema

/// What tells two stores apart, and where, without their contents: a root for each view, and the log's.
///
/// Two stores with one log have the same; so has one store on two dates, at one position. Erasing somebody changes no root of
/// an earlier position: what is personal or secret is left out of them, as the log's tree covers it.
public struct ViewRoots: Sendable, Hashable {
    public struct View: Sendable, Hashable {
        /// The collection's.
        public let name: String
        public let root: Digest32
    }

    /// How far the views were.
    public let position: UInt64
    /// RFC 6962's, over the log up to there.
    public let log: Digest32
    /// In the order of the collections' numbers.
    public let views: [View]

    /// The views whose roots are not the same, or that one side has alone.
    public func differing(from other: ViewRoots) -> [String] {
        let theirs = Dictionary(other.views.map { ($0.name, $0.root) }) { first, _ in first }
        let ours = Set(views.map(\.name))
        return views.filter { theirs[$0.name] != $0.root }.map(\.name)
            + other.views.map(\.name).filter { !ours.contains($0) }
    }
}

extension ViewRoots {
    /// `{"position": …, "log": hex, "views": {name: hex, …}}`.
    public var document: Document {
        var names = Document()
        for view in views { names.append(view.name, .string("\(view.root)")) }
        return [
            "position": .int64(Int64(clamping: position)), "log": .string("\(log)"), "views": .document(names),
        ]
    }

    /// Reads what ``document`` gives; `nil` where it is none.
    public init?(_ document: Document) {
        let position: UInt64? =
            switch document["position"] {
            case .int32(let number): UInt64(exactly: number)
            case .int64(let number): UInt64(exactly: number)
            default: nil
            }
        guard let position, case .string(let log)? = document["log"],
            let log = Digest32(hex: log), case .document(let names)? = document["views"]
        else { return nil }
        var views: [View] = []
        for (name, value) in names.pairs {
            guard case .string(let hex) = value, let root = Digest32(hex: hex) else { return nil }
            views.append(View(name: name, root: root))
        }
        self.init(position: position, log: log, views: views)
    }
}

extension ViewSnapshot {
    /// The roots of all views, as of this snapshot. O(views).
    public func roots() throws(LMDBError) -> ViewRoots {
        var views: [ViewRoots.View] = []
        for model in store.catalogue.collections {
            views.append(ViewRoots.View(name: model.name, root: try root(of: model)))
        }
        return ViewRoots(position: position, log: checkpoint.frontier.root, views: views)
    }

    /// The root of one view: of its open fields, how many documents it has, and the projector that made it.
    public func root(of model: CollectionModel) throws(LMDBError) -> Digest32 {
        try root(of: model, sum(of: model), count: documentCount(model))
    }

    func root(of model: CollectionModel, _ sum: UnsafeRawBufferPointer, count: Int) throws(LMDBError) -> Digest32 {
        var hash = SHA256()
        hash.update(data: Array("annals view root 1\0".utf8))
        hash.update(data: try fingerprint(of: model))
        withUnsafeBytes(of: UInt64(clamping: count).littleEndian) { hash.update(bufferPointer: $0) }
        if sum.isEmpty { LatticeSum().withBytes { hash.update(bufferPointer: $0) } }
        hash.update(bufferPointer: sum)
        return Digest32(hash.finalize())
    }

    /// Of the declaration by which a view was made.
    package func fingerprint(of model: CollectionModel) throws(LMDBError) -> [UInt8] {
        try store.placement(of: model, in: transaction)?.fingerprint ?? model.fingerprint
    }

    /// The sum over a view's documents as it is stored; empty where there are none.
    func sum(of model: CollectionModel) throws(LMDBError) -> UnsafeRawBufferPointer {
        try Meta.root(target, target.space(of: model.number)).withKey { (key) throws(LMDBError) in
            try transaction.get(key, in: store.meta) ?? UnsafeRawBufferPointer(start: nil, count: 0)
        }
    }
}

extension ViewStore {

    /// `change`: becomes the sum that is stored.
    func addToSum(_ change: LatticeSum, _ target: Target, _ space: Int, _ transaction: borrowing WriteTransaction)
        throws(LMDBError)
    {
        try Meta.root(target, space).withKey { (key) throws(LMDBError) in
            if let stored = try transaction.get(key, in: meta) { change.add(stored) }
            // As where there never was one.
            guard !change.isZero else {
                _ = try transaction.delete(key, in: meta)
                return
            }
            try change.withBytes { (sum) throws(LMDBError) in _ = try transaction.put(key, sum, in: meta) }
        }
    }
}
