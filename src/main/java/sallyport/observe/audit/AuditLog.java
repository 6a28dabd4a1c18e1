package sallyport.observe.audit;

/** Log of security events; it never waits and never throws. Any thread. */
@FunctionalInterface
public interface AuditLog {
  /** Writes one line. */
  void record(AuditEvent event);
}
