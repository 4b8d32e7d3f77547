public import BSON
import EventLog

/// One read: who asked what shape of question, and how much it was answered. Never a value.
public struct ReadEntry: Sendable, Hashable {
    /// Through what it came.
    public enum Door: String, Sendable, CaseIterable {
        case http
        /// The socket in the store's own directory.
        case socket
    }

    /// 0 until it is in the trail.
    public var position: UInt64 = 0
    /// When it came.
    public var time: DateTime
    /// The API key's, or the token's; `local` for who uses the directory, `loopback` where nobody was asked who they are.
    public var principal: String
    public var door: Door
    /// As `/openapi.json` calls it.
    public var operation: String
    /// Those that the question names, sorted.
    public var collections: [String] = []
    /// The question, its literals replaced: `QueryShape`.
    public var shape = Document()
    /// Documents or events that were looked at, where that is known.
    public var examined: Int?
    /// Documents, events or values in the answer.
    public var returned = 0
    /// Of the answer's body.
    public var bytes = 0
    /// From the request to the end of the answer.
    public var microseconds: Int64 = 0
    /// Of HTTP.
    public var status = 200
    /// Of an answer that takes long there is an entry for each part, from 1: `nil` where there is one for all.
    public var part: Int?

    /// Whoever comes where no key is asked for.
    public static let loopback = "loopback"

    public init(time: DateTime, principal: String, door: Door, operation: String) {
        self.time = time
        self.principal = principal
        self.door = door
        self.operation = operation
    }

    init(_ record: Record) {
        position = record.position
        time = record.time
        principal = record.principal
        door = Door(rawValue: record.subject) ?? .http
        operation = record.type
        let data = Document(copying: record.data)
        func number(_ name: String) -> Int? { data[FieldPath(name)]?.position.map { Int(clamping: $0) } }
        if case .array(let names)? = data["collections"] {
            collections = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
        }
        if case .document(let shape)? = data["shape"] { self.shape = shape }
        examined = number("examined")
        returned = number("returned") ?? 0
        bytes = number("bytes") ?? 0
        microseconds = Int64(number("microseconds") ?? 0)
        status = number("status") ?? 0
        part = number("part")
    }

    /// What it is as a record's data: all but time, principal, door and operation, which the record has of its own.
    var data: Document {
        var data: Document = ["collections": .array(collections.map { .string($0) }), "shape": .document(shape)]
        if let examined { data.append("examined", .int64(Int64(examined))) }
        data.append("returned", .int64(Int64(returned)))
        data.append("bytes", .int64(Int64(bytes)))
        data.append("microseconds", .int64(microseconds))
        data.append("status", .int32(Int32(clamping: status)))
        if let part { data.append("part", .int64(Int64(part))) }
        return data
    }

    var draft: EventDraft {
        EventDraft(
            id: "", source: "", type: operation, subject: door.rawValue, time: time, data: data, requestKey: .zero,
            requestDigest: .zero, principal: principal)
    }

    /// As the program and the door show it.
    public var document: Document {
        let head: Document = [
            "position": .int64(Int64(clamping: position)), "time": .string(time.description),
            "principal": .string(principal), "door": .string(door.rawValue), "operation": .string(operation),
        ]
        return Document(head.pairs.map { ($0.name, $0.value) } + data.pairs.map { ($0.name, $0.value) })
    }
}
