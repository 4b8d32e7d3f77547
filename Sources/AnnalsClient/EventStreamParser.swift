internal import BSON
internal import NIOCore

/// Cuts a stream of server-sent events into events. An id counts once its event is whole.
struct EventStreamParser {
    private(set) var lastID: UInt64
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var id: UInt64?
    private var name = ""
    private var ready: [Result<AnnalsClient.Event, ClientError>] = []
    private var given = 0

    init(lastID: UInt64) { self.lastID = lastID }

    /// The next whole event.
    mutating func next() throws(ClientError) -> AnnalsClient.Event? {
        guard given < ready.count else {
            ready.removeAll(keepingCapacity: true)
            given = 0
            return nil
        }
        let result = ready[given]
        given += 1
        let event = try result.get()
        return event
    }

    mutating func add(_ bytes: ByteBufferView) {
        for byte in bytes {
            guard byte == 0x0A else {
                line.append(byte)
                continue
            }
            if line.last == 0x0D { line.removeLast() }
            take()
            line.removeAll(keepingCapacity: true)
        }
    }

    /// The connection is gone, and what it had begun with it.
    mutating func forgetRest() {
        line.removeAll()
        data.removeAll()
        (id, name) = (nil, "")
    }

    private mutating func take() {
        guard !line.isEmpty else { return finish() }
        if line.starts(with: "data: ".utf8) {
            data += line.dropFirst(6)
        } else if line.starts(with: "id: ".utf8) {
            id = UInt64(String(decoding: line.dropFirst(4), as: UTF8.self))
        } else if line.starts(with: "event: ".utf8) {
            name = String(decoding: line.dropFirst(7), as: UTF8.self)
        }
    }

    private mutating func finish() {
        defer { (data, id, name) = ([], nil, "") }
        let position = id
        if !data.isEmpty {
            do throws(JSONError) {
                let document = try JSON.parse(data, extended: true)
                if name == "error" {
                    let status = document["status"]?.wholeNumber.flatMap { Int(exactly: $0) } ?? 500
                    ready.append(
                        .failure(.problem(ServerProblem(status: status, document: document, retryAfter: nil))))
                } else if let position, position > lastID {
                    ready.append(.success(AnnalsClient.Event(position: position, document: document)))
                }
            } catch { ready.append(.failure(.badAnswer("an event that is no JSON: \(error)"))) }
        }
        // Never back: a consumer's stream begins where its acknowledgements are.
        if let position { lastID = max(lastID, position) }
    }
}
