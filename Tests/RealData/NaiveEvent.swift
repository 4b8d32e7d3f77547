import Foundation

/// A line as Foundation's parser sees it. What is missing or of another type stops the fold: the stream is known.
struct NaiveEvent {
    let id: String
    let source: String
    let type: String
    /// Milliseconds since 1970.
    let time: Int64
    let data: [String: Any]

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    init(_ json: UnsafeRawBufferPointer) throws {
        guard let start = json.baseAddress else { throw Malformed(description: "an empty line") }
        let bytes = Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: json.count, deallocator: .none)
        guard let object = try JSONSerialization.jsonObject(with: bytes) as? [String: Any],
            let id = object["id"] as? String, let source = object["source"] as? String,
            let type = object["type"] as? String, let data = object["data"] as? [String: Any],
            let time = object["time"] as? String
        else { throw Malformed(description: "no CloudEvent: \(String(decoding: json.prefix(200), as: UTF8.self))") }
        self.id = id
        self.source = source
        self.type = type
        self.data = data
        self.time = try Self.milliseconds(time)
    }

    private static func milliseconds(_ text: String) throws -> Int64 {
        let date = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)
        return Int64((date.timeIntervalSince1970 * 1_000).rounded())
    }

    /// The UTC day, yyyy-mm-dd.
    var day: String {
        Date(timeIntervalSince1970: Double(time) / 1_000).formatted(.iso8601.year().month().day())
    }

    func text(_ name: String) throws -> String {
        guard let text = optionalText(name) else { throw Malformed(description: "\(type) \(id) has no \(name)") }
        return text
    }

    func optionalText(_ name: String) -> String? { data[name] as? String }

    func whole(_ name: String) throws -> Int64 { try Self.whole(data[name], "\(type) \(id): \(name)") }

    /// A member of an object in the data.
    func whole(_ object: String, _ name: String) throws -> Int64 {
        try Self.whole((data[object] as? [String: Any])?[name], "\(type) \(id): \(object).\(name)")
    }

    private static func whole(_ value: Any?, _ what: String) throws -> Int64 {
        guard let number = value as? NSNumber, number.doubleValue == number.doubleValue.rounded() else {
            throw Malformed(description: "\(what) is no whole number")
        }
        return number.int64Value
    }

    /// Money: the shortest decimal that reads back as the same double.
    func decimal(_ name: String) throws -> Decimal {
        guard let number = data[name] as? NSNumber, let decimal = Decimal(string: "\(number.doubleValue)") else {
            throw Malformed(description: "\(type) \(id): \(name) is no number")
        }
        return decimal
    }
}
