import Glibc

/// A TCP connection that does only what the test says: it reads when told to, and not before.
final class RawClient {
    private let descriptor: Int32
    private(set) var received: [UInt8] = []

    struct Failure: Error { let errno: Int32 }

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        // Small, so that a client that does not read is felt soon.
        setReceiveBuffer(4096)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(errno: errno) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    func setReceiveBuffer(_ byteCount: Int32) {
        var byteCount = byteCount
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &byteCount, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends what the other side takes now; returns how many bytes that was.
    func send(_ bytes: ArraySlice<UInt8>) throws -> Int {
        let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw Failure(errno: errno) }
        return 0
    }

    /// Reads what is there now, and no more than so many bytes; false where the other side has closed.
    func read(most: Int = .max) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: min(most, 1 << 16))
        let end = received.count + min(most, Int.max - received.count)
        while received.count < end {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 { return false }
            if count < 0 {
                guard errno == EAGAIN || errno == EINTR else { throw Failure(errno: errno) }
                return true
            }
            received.append(contentsOf: buffer[..<count])
        }
        return true
    }
}

extension RawClient {
    var text: String { String(decoding: received, as: UTF8.self) }

    func sendAll(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try send(rest)) }
    }

    /// Reads until the other side closes.
    func isClosed(within time: Duration) async throws -> Bool {
        let start = ContinuousClock.now
        while start.duration(to: .now) < time {
            if try !read() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    func receives(_ part: String, within time: Duration) async throws -> Bool {
        let start = ContinuousClock.now
        while start.duration(to: .now) < time {
            let isOpen = try read()
            if text.contains(part) { return true }
            if !isOpen { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}
