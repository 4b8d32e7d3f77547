import BSON
import Foundation

/// Reads a stream of events from a socket, as a browser would: ids, data, and where to go on.
final class EventClient {
    private let raw: RawClient
    private var parsed = 0
    private var isPastHead = false
    private var line: [UInt8] = []
    private var data = ""
    private var name = ""
    private var id: UInt64?
    private(set) var head = ""
    private(set) var lastID: UInt64
    private(set) var positions: [UInt64] = []
    private(set) var messages: [Document] = []
    private(set) var problems: [Document] = []
    private(set) var blocks = 0

    init(port: Int, path: String = "/v1/events", lastID: UInt64 = 0, headers: String = "") throws {
        self.lastID = lastID
        raw = try RawClient(port: port)
        let request =
            "GET \(path) HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nlast-event-id: \(lastID)\r\n\(headers)\r\n"
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try raw.send(rest)) }
    }

    /// Takes what is there; false once the server has closed.
    func read() throws -> Bool {
        let isOpen = try raw.read()
        try parse()
        return isOpen
    }

    /// Reads until the condition holds, at most so many seconds.
    func read(seconds: Double = 10, until isDone: (EventClient) -> Bool) async throws -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while !isDone(self) {
            guard try read(), Date() < end else { return isDone(self) }
            try await Task.sleep(for: .milliseconds(2))
        }
        return true
    }

    /// Bodies come in chunks, each with a line of its length in hexadecimal digits, and CR LF after it; events have lines
    /// that end in LF alone, and chunks end between events.
    private func parse() throws {
        if !isPastHead {
            let end = Array("\r\n\r\n".utf8)
            guard let range = raw.received.firstRange(of: end) else { return }
            head = String(decoding: raw.received[..<range.lowerBound], as: UTF8.self)
            parsed = range.upperBound
            isPastHead = true
        }
        while parsed < raw.received.count {
            let byte = raw.received[parsed]
            parsed += 1
            if byte != 0x0A {
                line.append(byte)
                continue
            }
            // Lines of the chunks themselves.
            if line.last != 0x0D { try take(String(decoding: line, as: UTF8.self)) }
            line.removeAll()
        }
    }

    private func take(_ line: String) throws {
        if line.isEmpty {
            blocks += 1
            if name == "error" {
                problems.append(try JSON.parse(data, extended: true))
            } else if !data.isEmpty {
                let event = try JSON.parse(data, extended: true)
                messages.append(event)
                if case .int32(let position)? = event["position"] { positions.append(UInt64(position)) }
            }
            lastID = id ?? lastID
            (data, name, id) = ("", "", nil)
        } else if line.hasPrefix("id: ") {
            // Counts once the event is whole.
            id = UInt64(line.dropFirst(4))
        } else if line.hasPrefix("data: ") {
            data += line.dropFirst(6)
        } else if line.hasPrefix("event: ") {
            name = String(line.dropFirst(7))
        }
    }
}
