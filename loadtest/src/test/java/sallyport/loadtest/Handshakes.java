package sallyport.loadtest;

/** Full and resumed handshakes, as the gateway has counted them. */
record Handshakes(double full, double resumed) {
  private static final String TOTAL = "gateway_tls_handshakes_total";

  /** Those between two moments. */
  static Handshakes between(Counters before, Counters now) {
    return new Handshakes(
        now.sum(TOTAL, "resumed=\"false\"") - before.sum(TOTAL, "resumed=\"false\""),
        now.sum(TOTAL, "resumed=\"true\"") - before.sum(TOTAL, "resumed=\"true\""));
  }

  /** Whether so many were full, and none was not. */
  String allFull(double planned) {
    return resumed == 0 && full >= planned ? Claim.HOLDS : this + ", of " + planned;
  }

  /** Whether so many were resumed, and of all of them at least so many percent. */
  String mostlyResumed(double planned, int percent) {
    boolean share = resumed * 100 >= (full + resumed) * percent;
    return share && resumed * 100 >= planned * percent ? Claim.HOLDS : this + ", of " + planned;
  }

  /** Whether there were no more than that: one a client, that is, whose connection was kept. */
  String atMost(int clients) {
    return full + resumed <= clients ? Claim.HOLDS : this + ", for " + clients + " clients";
  }

  /** Whether there were so many full ones, and no others. */
  String exactly(int clients) {
    return full == clients && resumed == 0 ? Claim.HOLDS : this + ", for " + clients + " clients";
  }

  @Override
  public String toString() {
    return "%.0f full, %.0f resumed".formatted(full, resumed);
  }
}
