import Platform

/// Whether the views of the last run can be trusted. LMDB without sync keeps everything through the death of the process,
/// and may be silently wrong after that of the machine or the mount, so opening it is no test: this file is.
struct ViewsMarker: Equatable {
    enum State: String { case running = "RUNNING", clean = "CLEAN" }

    var state: State
    var bootIdentifier: String
    var mountIdentifier: UInt64
    var device: UInt64
    var inode: UInt64

    static let header = "annals views marker 1"

    init(_ state: State, _ identity: MachineIdentity) {
        self.state = state
        bootIdentifier = identity.bootIdentifier
        mountIdentifier = identity.mountIdentifier
        device = UInt64(identity.file.device)
        inode = UInt64(identity.file.inode)
    }

    init?(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 7, lines[0] == Self.header, let state = State(rawValue: String(lines[1])),
            let mount = UInt64(lines[3]), let device = UInt64(lines[4]), let inode = UInt64(lines[5])
        else { return nil }
        self.state = state
        bootIdentifier = String(lines[2])
        mountIdentifier = mount
        self.device = device
        self.inode = inode
    }

    var bytes: [UInt8] {
        Array("\(Self.header)\n\(state.rawValue)\n\(bootIdentifier)\n\(mountIdentifier)\n\(device)\n\(inode)\n".utf8)
    }

    /// `nil` when the views may be used, else why not.
    func objection(_ now: MachineIdentity) -> String? {
        if inode != UInt64(now.file.inode) { return "the data file is another one (copied or replaced)" }
        switch state {
        case .clean: return nil
        case .running:
            if bootIdentifier != now.bootIdentifier { return "the machine has been restarted without a clean stop" }
            if mountIdentifier != now.mountIdentifier || device != UInt64(now.file.device) {
                return "the file system has been mounted anew without a clean stop"
            }
            return nil
        }
    }
}
