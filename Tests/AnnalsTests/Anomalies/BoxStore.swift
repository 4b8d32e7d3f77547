import Annals
import BSON
import EventLog
import Schema
import Testing
import Views

/// A store of boxes, by either version of the program.
struct BoxStore {
    let directory: TestDirectory
    /// Told apart from other tests' marks.
    let name: String

    init(_ name: String = #function) {
        self.name = name
        directory = TestDirectory(name)
    }

    func open(strict: Bool) throws -> Store {
        try Store(
            directory: directory.path,
            collections: strict ? [StrictBoxes.self, Weighings.self] : [Boxes.self, Weighings.self],
            options: StreamFixture.options())
    }

    /// Opens it for `body`, closes it, and lets go of it.
    @discardableResult
    func with<R>(strict: Bool, _ body: (Store) async throws -> R) async throws -> R {
        let store = try open(strict: strict)
        let result = try await body(store)
        try store.close()
        return result
    }

    static func id(_ number: Int) -> ObjectID { ObjectID(seconds: 1_700_000_000, rest: UInt64(number)) }

    func mark(_ number: Int) -> String { "\(name) \(number)" }

    /// Events are numbered: their ids, and the marks by which projectors may be made to stumble over them.
    func event(_ number: Int, _ type: String, _ box: Int, other: Int? = nil, by: Int64 = 1, note: String? = nil)
        -> NewEvent
    {
        var data: Document = ["mark": .string(mark(number))]
        if type == "box.made" {
            data.append("_id", .objectID(Self.id(box)))
            data.append("name", .string("box \(box)"))
        } else {
            data.append("box", .objectID(Self.id(box)))
            data.append("by", .int64(by))
        }
        if let note { data.append("note", .string(note)) }
        if let other { data.append("other", .objectID(Self.id(other))) }
        return NewEvent(id: "\(number)", source: "/boxes", type: type, data: data)
    }

    func weight(_ store: Store, _ box: Int) throws -> Int64? {
        Self.number(try store.document("boxes", id: Self.id(box))?["weight"])
    }

    func weighings(_ store: Store) throws -> Int64? {
        Self.number(try store.document("weighings", id: Weighings.all)?["count"])
    }

    func note(_ store: Store, _ box: Int) throws -> String? {
        if case .string(let note)? = try store.document("boxes", id: Self.id(box))?["note"] { note } else { nil }
    }

    private static func number(_ value: Value?) -> Int64? {
        if case .int64(let number)? = value { number } else { nil }
    }

    /// Replayed, its views are the same bytes, anomalies and what is held included.
    func expectSound(_ store: Store, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let differences = try StreamFixture.differences(store, scratch: TestDirectory(name).path)
        #expect(differences.isEmpty, comment, sourceLocation: sourceLocation)
        if !differences.isEmpty { print(differences.prefix(10)) }
    }
}
