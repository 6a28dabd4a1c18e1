package sallyport.credentials.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.credentials.certificates.Role;
import sallyport.testkit.OpensslPaths;

/** An authority counts as the certificate that it is, and as OpenSSL has it. */
class TrustedAuthoritiesTest {
  private static final String CLINIC = "nameConstraints=critical,permitted;DNS:clinic.test";
  private static final String MAIL = "nameConstraints=critical,permitted;email:clinic.test";
  private static final String NOT_LAB = "nameConstraints=critical,excluded;DNS:lab.test";

  /** OpenSSL leaves the policies of an anchor aside; RFC 5937 does not. */
  private static final String NOT_OPENSSL = "-purpose sslclient  -policy_check";

  @TempDir Path folder;

  /**
   * A chain below a root.
   *
   * @param between extensions of the authority between; null for none
   */
  record Case(
      String what,
      boolean accepted,
      List<String> root,
      @Nullable List<String> between,
      String subject,
      List<String> leaf,
      Role role,
      String options) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Case client(
      String what,
      boolean accepted,
      String root,
      @Nullable String between,
      String subject,
      String leaf) {
    return new Case(
        what,
        accepted,
        lines(root),
        between == null ? null : lines(between),
        subject,
        lines(leaf),
        Role.CLIENT,
        "-purpose sslclient");
  }

  private static List<String> lines(String text) {
    return Arrays.stream(text.split("\\|", -1)).filter(line -> !line.isEmpty()).toList();
  }

  static Stream<Case> cases() {
    return Stream.of(
        client("no constraints", true, "", null, "/CN=u", ""),
        client("a permitted name", true, CLINIC, null, "/CN=u", "subjectAltName=DNS:a.clinic.test"),
        client("a name that is not", false, CLINIC, null, "/CN=u", "subjectAltName=DNS:a.test"),
        client(
            "one name of two",
            false,
            CLINIC,
            null,
            "/CN=u",
            "subjectAltName=DNS:a.clinic.test,DNS:a.test"),
        client("an excluded name", false, NOT_LAB, null, "/CN=u", "subjectAltName=DNS:a.lab.test"),
        client("another name", true, NOT_LAB, null, "/CN=u", "subjectAltName=DNS:a.test"),
        client("a common name that is a host's", false, CLINIC, null, "/CN=a.test", ""),
        client("one that is permitted", true, CLINIC, null, "/CN=a.clinic.test", ""),
        client("a mailbox of the subject", false, MAIL, null, "/emailAddress=ann@other.test", ""),
        client("a mailbox that is permitted", true, MAIL, null, "/emailAddress=a@clinic.test", ""),
        client("one that is a person's", true, CLINIC, null, "/CN=ann", ""),
        client(
            "a name below an authority between",
            false,
            CLINIC,
            "",
            "/CN=u",
            "subjectAltName=DNS:a.test"),
        client(
            "a name of an authority between",
            false,
            CLINIC,
            "subjectAltName=DNS:ca.test",
            "/CN=u",
            "subjectAltName=DNS:a.clinic.test"),
        client(
            "an address",
            false,
            "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0",
            null,
            "/CN=u",
            "subjectAltName=IP:192.0.2.1"),
        client("a mailbox", false, MAIL, null, "/CN=u", "subjectAltName=email:ann@other.test"),
        client(
            "a URI",
            false,
            "nameConstraints=critical,permitted;URI:clinic.test",
            null,
            "/CN=u",
            "subjectAltName=URI:spiffe://other.test/x"),
        client(
            "a path length of none", true, "basicConstraints=CA:TRUE,pathlen:0", null, "/CN=u", ""),
        client(
            "a path that is too long",
            false,
            "basicConstraints=CA:TRUE,pathlen:0",
            "",
            "/CN=u",
            ""),
        client("a path length of one", true, "basicConstraints=CA:TRUE,pathlen:1", "", "/CN=u", ""),
        client("a root for servers alone", false, "extendedKeyUsage=serverAuth", null, "/CN=u", ""),
        client("a root for clients", true, "extendedKeyUsage=clientAuth", null, "/CN=u", ""),
        client(
            "an authority between for servers alone",
            false,
            "",
            "extendedKeyUsage=serverAuth",
            "/CN=u",
            ""),
        new Case(
            "policies that nobody asks for",
            true,
            List.of("certificatePolicies=1.2.3.4"),
            null,
            "/CN=u",
            List.of(),
            Role.CLIENT,
            "-purpose sslclient -policy_check"),
        new Case(
            "the policy that the root asks for",
            true,
            List.of("certificatePolicies=1.2.3.4", "policyConstraints=requireExplicitPolicy:0"),
            null,
            "/CN=u",
            List.of("certificatePolicies=1.2.3.4"),
            Role.CLIENT,
            "-purpose sslclient -policy_check"),
        new Case(
            "another policy than that",
            false,
            List.of("certificatePolicies=1.2.3.4", "policyConstraints=requireExplicitPolicy:0"),
            null,
            "/CN=u",
            List.of("certificatePolicies=1.2.3.5"),
            Role.CLIENT,
            NOT_OPENSSL),
        new Case(
            "a server's name",
            false,
            List.of(CLINIC),
            null,
            "/CN=s",
            List.of("subjectAltName=DNS:s.other.test"),
            Role.SERVER,
            "-purpose sslserver"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aChainIsAcceptedWhereOpensslAcceptsIt(Case each) throws Exception {
    OpensslPaths openssl = new OpensslPaths(folder);
    X509Certificate root = openssl.root("root", each.root().toArray(String[]::new));
    X509Certificate[] chain;
    boolean accepted;
    List<String> above = each.between();
    if (above == null) {
      chain =
          new X509Certificate[] {
            openssl.leaf("leaf", each.subject(), "root", each.leaf().toArray(String[]::new))
          };
      accepted = openssl.accepts(each.options(), "root", "leaf");
    } else {
      X509Certificate between = openssl.authority("between", "root", above.toArray(String[]::new));
      chain =
          new X509Certificate[] {
            openssl.leaf("leaf", each.subject(), "between", each.leaf().toArray(String[]::new)),
            between
          };
      accepted = openssl.accepts(each.options(), "root", "leaf", "between");
    }
    if (!each.options().equals(NOT_OPENSSL)) {
      assertThat(accepted).as("OpenSSL").isEqualTo(each.accepted());
    }
    TrustedAuthorities authorities = TrustedAuthorities.of(List.of(root), Clock.systemUTC());
    if (each.accepted()) {
      assertThat(authorities.path(chain, each.role())).startsWith(chain).endsWith(root);
    } else {
      assertThatThrownBy(() -> authorities.path(chain, each.role()))
          .isInstanceOf(CertificateException.class);
    }
  }

  /** An authority that is trusted itself, though it is no root, constrains as well. */
  @Test
  void anIntermediateInTheTrustFileCounts() throws Exception {
    OpensslPaths openssl = new OpensslPaths(folder);
    openssl.root("root");
    X509Certificate between = openssl.authority("between", "root", CLINIC);
    X509Certificate good =
        openssl.leaf("good", "/CN=u", "between", "subjectAltName=DNS:a.clinic.test");
    X509Certificate bad = openssl.leaf("bad", "/CN=u", "between", "subjectAltName=DNS:a.test");
    TrustedAuthorities authorities = TrustedAuthorities.of(List.of(between), Clock.systemUTC());
    assertThat(openssl.accepts("", "between", "good")).isTrue();
    assertThat(openssl.accepts("", "between", "bad")).isFalse();
    assertThat(authorities.path(new X509Certificate[] {good}, Role.CLIENT)).hasSize(2);
    assertThatThrownBy(() -> authorities.path(new X509Certificate[] {bad}, Role.CLIENT))
        .hasMessageContaining("outside the name constraints of its trusted authority");
  }

  /** The same key under two roots: what the one forbids the other may allow. */
  @Test
  void anotherAuthorityMayAllowWhatOneForbids() throws Exception {
    OpensslPaths openssl = new OpensslPaths(folder);
    X509Certificate narrow = openssl.root("root", CLINIC);
    X509Certificate wide = openssl.root("root");
    X509Certificate leaf = openssl.leaf("leaf", "/CN=u", "root", "subjectAltName=DNS:a.test");
    TrustedAuthorities both = TrustedAuthorities.of(List.of(narrow, wide), Clock.systemUTC());
    assertThat(both.path(new X509Certificate[] {leaf}, Role.CLIENT)).containsExactly(leaf, wide);
  }
}
