package sallyport.logging;

/** Takes security events; never blocks for long and never throws. */
@FunctionalInterface
public interface AuditLog {
  /** Writes one line. */
  void record(AuditEvent event);

  /** Writes JSON lines through the logger {@code sallyport.audit}. */
  static AuditLog jsonLines() {
    return new JsonAuditLog();
  }
}
