public import Schema

extension Users {
    /// What services that sign people in may ask, with a key of their own.
    public static let checks = SecretChecks(
        collection: name, id: "userId", keys: [.init("email", field.email)],
        secrets: [.init("password", field.password), .init("backupCode", field.backupCodes)],
        lookups: [.init("find-by-reset-token", field.resetPasswordToken, expires: field.resetPasswordExpires)])
}
