package sallyport.comply.change.tls;

import java.util.List;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.config.setting.Settings;
import sallyport.config.tls.ClientAccessConfig;
import sallyport.config.tls.ClientAuthConfig;

/** Loosened settings of client certificates. */
public final class ClientWeakening {
  private static final String ANYBODY = "anybody whom trust vouches for";

  private ClientWeakening() {}

  public static void find(ClientAuthConfig before, ClientAuthConfig after, WeakeningList findings) {
    findings.looser(
        "client-auth.mode",
        before.mode(),
        after.mode(),
        List.of(
            ClientAuthConfig.Mode.REQUIRED,
            ClientAuthConfig.Mode.OPTIONAL,
            ClientAuthConfig.Mode.NONE));
    if (before.mode() == ClientAuthConfig.Mode.NONE || after.mode() == ClientAuthConfig.Mode.NONE) {
      // No client was asked, or the mode has been reported.
      return;
    }
    RevocationWeakening.find("client-auth.", before.trust(), after.trust(), findings);
    DeclaredLimits.find("client-auth.", before, after, findings);
    findings.wider("client-auth.allow", before.allow(), after.allow(), ANYBODY);
    if (before.denied() != null && !Settings.same(before.denied(), after.denied())) {
      findings.add(
          after.denied() == null
              ? "client-auth.deny is gone"
              : "client-auth.deny is another file: who of "
                  + before.denied().file()
                  + " is missing?");
    }
    findings.looser(
        "client-auth.refuse-with",
        before.refusal(),
        after.refusal(),
        List.of(ClientAuthConfig.Refusal.HANDSHAKE, ClientAuthConfig.Refusal.STATUS_403));
    findings.looser(
        "client-auth.host",
        before.host(),
        after.host(),
        List.of(ClientAuthConfig.Host.SERVER_NAME, ClientAuthConfig.Host.ANY));
  }

  public static void find(
      ClientAccessConfig before, ClientAccessConfig after, WeakeningList findings) {
    if (before.required() && !after.required()) {
      findings.changed("client-auth", "required", "inherit");
    }
    findings.wider("client-allow", before.allow(), after.allow(), "anybody");
  }
}
