import Annals
import EventLog

/// The keys of persons in one store, by the names that the same persons' keys have in another: ids of keys hold random
/// bytes, and a process that died leaves slots unused, so they are the one thing that two imports do not have alike.
struct KeyNames {
    private var names: [Digest16: Digest16] = [:]
    private var tags: [[UInt8]: [UInt8]] = [:]
    var count: Int { names.count }

    /// Each store as it is.
    init() {}

    /// By what sealed the record at each position. A key of one that were two of the other would be a difference.
    init(of directory: String, in other: String) throws {
        let sealing = try Self.keys(directory)
        let others = try Self.keys(other)
        guard sealing.count == others.count else { throw Failed("\(sealing.count) and \(others.count) records") }
        var back: [Digest16: Digest16] = [:]
        for (index, (key, name)) in zip(sealing, others).enumerated() {
            let known = names.updateValue(name, forKey: key)
            let knownBack = back.updateValue(key, forKey: name)
            guard known ?? name == name, knownBack ?? key == key else {
                throw Failed("position \(index + 1) is sealed under another person's key")
            }
            tags[Self.digits(key)] = Self.digits(name)
        }
    }

    /// The key that seals each record; zero where nothing is sealed.
    private static func keys(_ directory: String) throws -> [Digest16] {
        var options = Importing.options().log
        options.readOnly = true
        let log = try EventLog(
            directory: directory + "/log", highWaterPath: directory + "/high-water", options: options)
        var keys: [Digest16] = []
        try log.snapshot().read { (record) throws(LogError) in
            keys.append(record.personKeyID ?? .zero)
            return true
        }
        try log.close()
        return keys
    }

    /// What erased texts show of a key.
    private static func digits(_ key: Digest16) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return key.withUnsafeBytes { bytes in
            bytes.suffix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        }
    }

    /// Puts the other store's name of a key in place of the 16 bytes from `offset` on.
    func rename(_ bytes: inout [UInt8], at offset: Int) {
        guard bytes.count >= offset + 16 else { return }
        let key = bytes[offset..<(offset + 16)].withUnsafeBytes { Digest16($0) }
        guard let name = names[key] else { return }
        name.withUnsafeBytes { bytes.replaceSubrange(offset..<(offset + 16), with: $0) }
    }

    private static let mark = Array("[erased ".utf8)

    /// The same in every `[erased 0123456789abcdef]`.
    func renameErased(_ bytes: inout [UInt8]) {
        guard !tags.isEmpty, bytes.count > Self.mark.count + 16 else { return }
        var start = 0
        while let found = bytes[start...].firstIndex(of: Self.mark[0]) {
            start = found + 1
            let digits = found + Self.mark.count
            guard digits + 16 < bytes.count, bytes[found..<digits].elementsEqual(Self.mark) else { continue }
            if let name = tags[Array(bytes[digits..<(digits + 16)])] {
                bytes.replaceSubrange(digits..<(digits + 16), with: name)
            }
        }
    }
}
