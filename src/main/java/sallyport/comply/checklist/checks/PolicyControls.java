package sallyport.comply.checklist.checks;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.comply.checklist.control.Status;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.tls.PolicyName;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.policy.TlsPolicy.Group;
import sallyport.tls.policy.TlsPolicy.Suite;
import sallyport.tls.policy.TlsPolicy.Version;

/** Controls of TLS parameters, towards clients and backends. */
final class PolicyControls {
  /**
   * Those of SP 800-52r2 section 3.3.1 that any policy has; one that is not here is not approved.
   */
  private static final Set<Suite> APPROVED_SUITES =
      EnumSet.of(
          Suite.TLS_AES_128_GCM_SHA256,
          Suite.TLS_AES_256_GCM_SHA384,
          Suite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
          Suite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384);

  /** Those of SP 800-52r2 section 3.4.2.2. */
  private static final Set<Group> LISTED_GROUPS = EnumSet.of(Group.P_256, Group.P_384);

  private PolicyControls() {}

  static void look(CheckResult observed, Findings findings) {
    observed.tlsListeners().forEach(tls -> look(tls.tls().policy(), tls.location(), findings));
    observed
        .config()
        .backends()
        .values()
        .forEach(
            backend ->
                backend.tls().ifPresent(tls -> look(tls.policy(), backend.location(), findings)));
    for (Control control :
        List.of(Control.TLS_VERSIONS, Control.CIPHER_SUITES, Control.KEY_EXCHANGE_GROUPS)) {
      findings.none(control, observed.at("listeners"), "nothing speaks TLS");
    }
  }

  private static void look(PolicyName name, ConfigLocation where, Findings findings) {
    TlsPolicy policy = TlsPolicy.of(name);
    versions(policy, where, findings);
    suites(policy, where, findings);
    groups(policy, where, findings);
  }

  private static void versions(TlsPolicy policy, ConfigLocation where, Findings findings) {
    String versions = String.join(", ", policy.versions().stream().map(Version::label).toList());
    // There is no constant for an older version: what is left to see is that the newest is there.
    boolean newest = policy.versions().contains(Version.TLS_1_3);
    String text = versions + " by the policy " + policy.label();
    if (newest && !policy.versions().contains(Version.TLS_1_2)) {
      findings.warn(
          Control.TLS_VERSIONS,
          where,
          text
              + "; SP 800-52r2 lets TLS 1.2 be off where it was determined that nobody needs it:"
              + " write down that it was");
    } else {
      findings.add(Control.TLS_VERSIONS, newest ? Status.PASS : Status.FAIL, where, text);
    }
  }

  private static void suites(TlsPolicy policy, ConfigLocation where, Findings findings) {
    List<Suite> all = new ArrayList<>(policy.suites13());
    all.addAll(policy.suites12());
    List<Suite> others = all.stream().filter(suite -> !APPROVED_SUITES.contains(suite)).toList();
    if (others.isEmpty()) {
      findings.pass(
          Control.CIPHER_SUITES,
          where,
          "configured: "
              + names(all)
              + "; a connection that negotiates another is closed (policy-violated)");
    } else {
      findings.fail(
          Control.CIPHER_SUITES,
          where,
          "the policy "
              + policy.label()
              + " has suites that SP 800-52r2 does not list: "
              + names(others));
    }
  }

  private static String names(List<Suite> suites) {
    return String.join(", ", suites.stream().map(Suite::name).toList());
  }

  private static void groups(TlsPolicy policy, ConfigLocation where, Findings findings) {
    List<String> listed =
        policy.groups().stream().filter(LISTED_GROUPS::contains).map(Group::label).toList();
    List<String> others =
        policy.groups().stream()
            .filter(group -> !LISTED_GROUPS.contains(group))
            .map(Group::label)
            .toList();
    if (listed.isEmpty()) {
      findings.fail(
          Control.KEY_EXCHANGE_GROUPS,
          where,
          "neither P-256 nor P-384: " + String.join(", ", others));
    } else if (others.isEmpty()) {
      findings.pass(Control.KEY_EXCHANGE_GROUPS, where, String.join(", ", listed));
    } else {
      findings.warn(
          Control.KEY_EXCHANGE_GROUPS,
          where,
          String.join(", ", listed)
              + ", and besides "
              + String.join(", ", others)
              + ", which SP 800-52r2 does not list; nist-strict leaves them out");
    }
  }
}
