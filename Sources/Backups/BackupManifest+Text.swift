internal import BSON
internal import EventLog

/// The manifest as a file: a JSON object whose last member is the SHA-256 of every byte before it.
extension BackupManifest {
    private static let digestMember = #","sha256":""#
    private static let limits = JSON.Limits(maxBytes: 256 << 20, maxArray: 1 << 20)

    var bytes: [UInt8] {
        var text: [UInt8] = []
        JSON.write(document, style: .relaxed, into: &text)
        text.removeLast()
        return text + Self.ending(of: text[...])
    }

    private static func ending(of body: ArraySlice<UInt8>) -> [UInt8] {
        let digest = body.withUnsafeBytes { Digest32.hashing($0) }
        return Array("\(digestMember)\(digest)\"}\n".utf8)
    }

    private var document: Document {
        var members: [(String, Value)] = [
            ("format", .string(Self.format)), ("generation", .count(generation)), ("madeAt", .string("\(madeAt)")),
            ("origin", .string("\(identity.origin)")), ("continues", .array(identity.ancestors.map { $0.value })),
            ("logName", .string(logName)), ("position", .count(position)), ("root", .string("\(root)")),
        ]
        if let checkpoint { members.append(("checkpoint", .string(checkpoint))) }
        members += [
            ("masterKey", .string(masterKey.rawValue)), ("segments", .array(segments.map { $0.value })),
            (
                "files",
                .array(
                    files.map { file in
                        .document([
                            "name": .string(file.name), "file": .string(path(of: file)),
                            "bytes": .count(UInt64(file.byteCount)), "sha256": .string("\(file.digest)"),
                        ])
                    })
            ),
        ]
        return Document(members)
    }

    /// - Throws: ``BackupError/damaged(path:problem:)``, ``BackupError/unknownFormat(path:format:)``.
    init(_ bytes: [UInt8], path: String) throws(BackupError) {
        let endingCount = Self.ending(of: []).count
        guard bytes.count > endingCount,
            Array(bytes.suffix(endingCount)) == Self.ending(of: bytes.dropLast(endingCount))
        else { throw .damaged(path: path, problem: "its bytes do not have the digest that ends it") }
        let document: Document
        do throws(JSONError) { document = try JSON.parse(bytes, extended: false, limits: Self.limits) } catch {
            throw .damaged(path: path, problem: "\(error)")
        }
        let members = Members(document, path: path)
        let format = try members.text("format")
        guard format == Self.format else { throw .unknownFormat(path: path, format: format) }
        let generation = try members.count("generation")
        let ancestors = try members.list("continues").map { (item) throws(BackupError) in try LogAncestor(item) }
        let place = try members.text("masterKey")
        guard let masterKey = MasterKeyPlace(rawValue: place) else { throw members.problem("masterKey") }
        self.init(
            generation: generation, madeAt: try members.time("madeAt"),
            identity: LogIdentity(origin: try members.digest16("origin"), ancestors: ancestors),
            logName: try members.text("logName"), position: try members.count("position"),
            root: try members.digest("root"), checkpoint: try members.optionalText("checkpoint"), masterKey: masterKey,
            segments: try members.list("segments").map { (item) throws(BackupError) in try Segment(item) },
            files: try members.list("files").map { (item) throws(BackupError) in try File(item) })
        try check(path)
    }

    /// Segments follow each other up to the position; files are those that are known.
    private func check(_ path: String) throws(BackupError) {
        var end: UInt64 = 0
        for segment in segments {
            guard segment.first == end + 1, segment.last >= segment.first, segment.byteCount > 0 else {
                throw .damaged(path: path, problem: "the segments do not follow each other at position \(end)")
            }
            end = segment.last
        }
        guard end == position, segments.last.map({ $0.root == root }) ?? true,
            Set(files.map(\.name)).count == files.count, files.allSatisfy({ KeyFiles.all.contains($0.name) })
        else { throw .damaged(path: path, problem: "what it names does not fit together") }
    }
}

extension BackupManifest.Segment {
    fileprivate var value: Value {
        var document: Document = [
            "file": .string(file), "first": .count(first), "last": .count(last), "bytes": .count(UInt64(byteCount)),
            "sha256": .string("\(digest)"), "root": .string("\(root)"), "from": .string("\(from)"),
            "through": .string("\(through)"),
        ]
        if !views.isEmpty { document.append("views", .array(views.map { $0.value })) }
        return .document(document)
    }

    fileprivate init(_ members: Members) throws(BackupError) {
        self.init(
            first: try members.count("first"), last: try members.count("last"), byteCount: try members.size("bytes"),
            digest: try members.digest("sha256"), root: try members.digest("root"), from: try members.time("from"),
            through: try members.time("through"))
        guard members.has("views") else { return }
        views = try members.list("views").map { (item) throws(BackupError) in try BackupManifest.View(item) }
    }
}

extension BackupManifest.View {
    fileprivate var value: Value {
        .document([
            "name": .string(name), "fingerprint": .string("\(fingerprint)"), "root": .string("\(root)"),
        ])
    }

    fileprivate init(_ members: Members) throws(BackupError) {
        self.init(
            name: try members.text("name"), fingerprint: try members.digest("fingerprint"),
            root: try members.digest("root"))
    }
}

extension BackupManifest.File {
    fileprivate init(_ members: Members) throws(BackupError) {
        self.init(
            name: try members.text("name"), byteCount: try members.size("bytes"),
            digest: try members.digest("sha256"))
    }
}

extension LogAncestor {
    /// As JSON says it, in manifests and exports.
    var value: Value {
        .document([
            "origin": .string("\(origin)"), "position": .count(position), "root": .string("\(root)"),
            "name": .string(name),
        ])
    }

    init(_ members: Members) throws(BackupError) {
        self.init(
            origin: try members.digest16("origin"), position: try members.count("position"),
            root: try members.digest("root"), name: try members.text("name"))
    }
}
