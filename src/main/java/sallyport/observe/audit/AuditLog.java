package sallyport.observe.audit;

/** Takes security events; never waits and never throws. */
@FunctionalInterface
public interface AuditLog {
  /** Writes one line. */
  void record(AuditEvent event);
}
