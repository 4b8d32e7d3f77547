import Configuration

/// One value of `annals serve`: a flag, a variable of the environment, a member of the configuration file.
struct Setting {
    /// Named as people are told.
    enum Kind: String {
        case text
        /// In a file it may stand as one, or as text.
        case number = "a number"
        case isOn = "true or false"
    }

    /// In the file, and in what is printed.
    let name: String
    let kind: Kind
    /// Where nothing is given.
    let standard: String?
    /// Never printed, and taken from the environment alone: files are copied, and flags are seen by all.
    let isSecret: Bool

    init(_ name: String, _ kind: Kind = .text, or standard: String? = nil, isSecret: Bool = false) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.isSecret = isSecret
    }

    var key: AbsoluteConfigKey { AbsoluteConfigKey([name]) }

    static let http = Setting("http", or: Endpoint.standard.description)
    static let data = Setting("data", or: StoreDirectory.standardPath)
    static let masterKeyFile = Setting("master-key-file")
    static let forcesFileSystem = Setting("force-filesystem", .isOn, or: "false")
    static let demo = Setting("demo", .isOn, or: "false")
    static let logLevel = Setting("log-level", or: "notice")
    static let logFormat = Setting("log-format", or: "text")
    static let tlsCertificate = Setting("tls-certificate")
    static let tlsKey = Setting("tls-key")
    static let keySet = Setting("jwks")
    static let issuer = Setting("issuer")
    static let audience = Setting("audience")
    static let signingKey = Setting("signing-key")
    static let logName = Setting("log-name")
    static let checkpointSinks = Setting("checkpoint-sinks")
    static let checkpointSeconds = Setting("checkpoint-seconds", .number, or: "60")
    static let readSeconds = Setting("read-seconds", .number, or: "2")
    static let mostConnections = Setting("most-connections", .number, or: "5000")
    static let idleSeconds = Setting("idle-seconds", .number, or: "60")
    static let bodySeconds = Setting("body-seconds", .number, or: "30")
    static let callerRate = Setting("caller-rate", .number)
    static let auditsReads = Setting("audit-reads", .isOn, or: "false")
    static let backupDirectory = Setting("backup-directory")
    static let checkKeyFile = Setting("check-key-file")
    static let checkKey = Setting("check-key", isSecret: true)
    static let masterKey = Setting("master-key", isSecret: true)

    /// In the order in which they are printed.
    static let all = [
        http, data, masterKeyFile, masterKey, forcesFileSystem, demo, logLevel, logFormat, tlsCertificate, tlsKey,
        keySet, issuer, audience, checkKeyFile, checkKey, signingKey, logName, checkpointSinks, checkpointSeconds,
        readSeconds, mostConnections, idleSeconds, bodySeconds, callerRate, auditsReads, backupDirectory,
    ]
}
