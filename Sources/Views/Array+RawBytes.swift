internal import Glibc

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` with typed throws, which the standard library's does not have.
    func withRawBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try withUnsafeBufferPointer { (buffer) throws(E) -> R in try body(UnsafeRawBufferPointer(buffer)) }
    }
}

extension UnsafeRawBufferPointer {
    func hasPrefix(_ prefix: UnsafeRawBufferPointer) -> Bool {
        guard count >= prefix.count, let mine = baseAddress, let other = prefix.baseAddress else {
            return prefix.isEmpty
        }
        return memcmp(mine, other, prefix.count) == 0
    }

    func hasPrefix(_ prefix: [UInt8]) -> Bool { prefix.withUnsafeBytes { hasPrefix($0) } }

    /// Whether it stands before `other` in the order of bytes.
    func precedes(_ other: [UInt8]) -> Bool {
        other.withUnsafeBytes { other in
            guard let mine = baseAddress, let theirs = other.baseAddress else { return count < other.count }
            let order = memcmp(mine, theirs, Swift.min(count, other.count))
            return order == 0 ? count < other.count : order < 0
        }
    }
}
