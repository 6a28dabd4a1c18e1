package sallyport.comply.change;

import java.util.ArrayList;
import java.util.List;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.AccessLogConfig;
import sallyport.config.GatewayConfig;
import sallyport.config.UnwritableLog;
import sallyport.config.certificate.KeysConfig;

/**
 * Findings of what a configuration loosens in security, compared with another one. A tightening is
 * no finding. Where it is not known which of two values is looser, the change is a finding.
 */
public final class Weakening {
  private Weakening() {}

  /**
   * @return a line for each, such as {@code listener https: client-auth.mode required -> optional};
   *     empty when nothing is loosened
   */
  public static List<String> of(GatewayConfig before, GatewayConfig after) {
    List<String> lines = new ArrayList<>();
    ListenerWeakening.find(before, after, lines);
    StreamWeakening.find(before, after, lines);
    RouteWeakening.find(before, after, lines);
    Succession.backends(before, after).forEach(pair -> BackendWeakening.find(pair, lines));
    keys(before.keys(), after.keys(), new WeakeningList("keys", lines));
    AdminWeakening.find(before.admin(), after.admin(), lines);
    accessLog(before.accessLog(), after.accessLog(), new WeakeningList("access-log", lines));
    unwritable(
        before.auditLog().unwritable(),
        after.auditLog().unwritable(),
        new WeakeningList("audit-log", lines));
    return List.copyOf(lines);
  }

  private static void keys(KeysConfig before, KeysConfig after, WeakeningList findings) {
    findings.looser(
        "loose-modes",
        before.looseModes(),
        after.looseModes(),
        List.of(
            KeysConfig.LooseModes.REFUSE,
            KeysConfig.LooseModes.GROUP_MAY_READ,
            KeysConfig.LooseModes.WARN));
    DeclaredLimits.find("", before, after, findings);
  }

  private static void accessLog(
      AccessLogConfig before, AccessLogConfig after, WeakeningList findings) {
    findings.switchedOff("enabled", before.enabled(), after.enabled());
    findings.switchedOn("query", before.query(), after.query());
    findings.switchedOn("client-subject", before.clientSubject(), after.clientSubject());
    unwritable(before.unwritable(), after.unwritable(), findings);
  }

  private static void unwritable(
      UnwritableLog before, UnwritableLog after, WeakeningList findings) {
    findings.looser("unwritable", before, after, List.of(UnwritableLog.values()));
  }
}
