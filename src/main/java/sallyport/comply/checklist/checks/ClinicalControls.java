package sallyport.comply.checklist.checks;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.stream.StreamConfig.Protocol;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.policy.TlsPolicy.Suite;
import sallyport.tls.policy.TlsPolicy.Version;

/** Controls of the profiles that DICOM and IHE have for TLS, of each listener for clients. */
final class ClinicalControls {
  /** Those of the suites of RFC 9325 section 4.2 that any policy has. */
  private static final Set<Suite> RECOMMENDED =
      EnumSet.of(
          Suite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
          Suite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
          Suite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384);

  private static final String RSA = "RSA";

  private ClinicalControls() {}

  static void look(CheckResult observed, Findings findings) {
    for (TlsListenerConfig listener : observed.tlsListeners()) {
      if (listener instanceof ListenerConfig.Tls clients) {
        dicom(clients, findings);
        atna(clients, observed, findings);
      }
    }
    for (Control control : List.of(Control.DICOM_PROFILE, Control.IHE_ATNA)) {
      findings.none(control, observed.at("listeners"), "no listener for clients speaks TLS");
    }
  }

  private static boolean speaks(ListenerConfig listener, Set<Protocol> protocols) {
    return listener instanceof ListenerConfig.Stream stream
        && protocols.contains(stream.stream().protocol());
  }

  // ---- DICOM PS3.15 annex B

  private static void dicom(ListenerConfig.Tls listener, Findings findings) {
    TlsPolicy policy = TlsPolicy.of(listener.tls().policy());
    List<String> lacking = new ArrayList<>();
    if (!policy.speaks(Version.TLS_1_2)) {
      lacking.add("TLS 1.2, which B.12 has every server support");
    } else if (policy.suites12().stream().noneMatch(RECOMMENDED::contains)) {
      lacking.add("a suite of RFC 9325 section 4.2");
    }
    String others =
        "; not B.13 (Modified BCP 195), whose suites with AES-CCM the TLS library does not have;"
            + " B.9 to B.11 are retired";
    String policyName = "the policy " + policy.label();
    String text =
        lacking.isEmpty()
            ? policyName
                + " offers what B.12 (BCP 195 RFC 8996, 9325) asks of a server: "
                + String.join(" and ", policy.versions().stream().map(Version::label).toList())
                + ", the newest preferred, with suites of RFC 9325"
            : policyName + " does not offer " + String.join(", ", lacking);
    conclude(
        Control.DICOM_PROFILE,
        listener,
        lacking.isEmpty(),
        speaks(listener, EnumSet.of(Protocol.DICOM)),
        text + others,
        findings);
  }

  // ---- IHE ITI-19

  private static void atna(ListenerConfig.Tls listener, CheckResult observed, Findings findings) {
    TlsPolicy policy = TlsPolicy.of(listener.tls().policy());
    List<String> lacking = new ArrayList<>();
    if (listener.tls().clientAuth().mode() != ClientAuthConfig.Mode.REQUIRED) {
      lacking.add(
          "client-auth.mode is not required, and ITI-19 has both nodes show a certificate on every"
              + " connection");
    }
    if (!policy.speaks(Version.TLS_1_2)) {
      lacking.add("the policy " + policy.label() + " has no TLS 1.2");
    } else if (hasNoRsaKey(listener, observed)) {
      lacking.add(
          "no certificate has an RSA key, and the suites that the option names for TLS 1.2 need one");
    }
    String option = "the option STX: TLS 1.2 Floor using BCP195";
    conclude(
        Control.IHE_ATNA,
        listener,
        lacking.isEmpty(),
        speaks(listener, EnumSet.of(Protocol.DICOM, Protocol.MLLP)),
        lacking.isEmpty()
            ? "mutual authentication, and for "
                + option
                + " two of the four suites that it names, ECDHE-RSA with AES-GCM; the TLS library"
                + " does not have the two with DHE-RSA"
            : "not what ITI-19 asks with " + option + ": " + String.join("; ", lacking),
        findings);
  }

  /** Whether the certificates of a listener are known, and none has a key for the suites. */
  private static boolean hasNoRsaKey(TlsListenerConfig listener, CheckResult observed) {
    List<String> keys =
        observed.held().stream()
            .filter(held -> held.owner().equals(listener.path()))
            .filter(held -> held.use().equals("server") && held.position() == 0)
            .map(held -> held.info().key())
            .toList();
    return !keys.isEmpty() && keys.stream().noneMatch(key -> key.startsWith(RSA));
  }

  // ---- result

  /**
   * Adds what a listener offers.
   *
   * @param asked whether the profile is about what the listener forwards; for others it informs
   */
  private static void conclude(
      Control control,
      ListenerConfig listener,
      boolean met,
      boolean asked,
      String text,
      Findings findings) {
    if (!asked) {
      findings.info(control, listener.location(), text);
    } else if (met) {
      findings.pass(control, listener.location(), text);
    } else {
      findings.unmet(control, listener.location(), text);
    }
  }
}
