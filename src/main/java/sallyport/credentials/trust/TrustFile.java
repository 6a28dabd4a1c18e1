package sallyport.credentials.trust;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.sources.Pem;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.sources.UnusableFile;

/**
 * Certificates of a trust file. One that cannot be relied on does not spoil the others: it is left
 * out, with a warning that names it. Immutable.
 *
 * @param authorities those that may be relied on in their time, in the order of the file
 * @param leftOut the others
 * @param outOfTime those of the authorities whose time has passed or is to come
 */
public record TrustFile(
    List<HeldAuthority> authorities, List<LeftOut> leftOut, List<LeftOut> outOfTime) {
  private static final String USE = "trust";

  /**
   * One that is not relied on.
   *
   * @param location of the file in the configuration
   * @param text which one, and why
   */
  public record LeftOut(ConfigLocation location, String text) {
    @Override
    public String toString() {
      return location.problem(text);
    }
  }

  /**
   * One of them.
   *
   * @param position in the file, from 0
   */
  public record HeldAuthority(X509Certificate certificate, int position) {}

  /**
   * Lists authorities of a trust file as the owner holds them.
   *
   * @param config names the file
   */
  public static List<HeldCertificate> held(
      String owner, TrustConfig config, List<HeldAuthority> authorities) {
    String name = config.file().toString();
    return authorities.stream()
        .map(
            each ->
                HeldCertificate.of(
                    owner, USE, name, each.position(), each.certificate(), config.location()))
        .toList();
  }

  /**
   * Reads a PEM file.
   *
   * @param location where the configuration names it
   * @throws UnusableFile when there is nothing in it that may be relied on, now or later
   */
  public static TrustFile read(Path file, ConfigLocation location, Instant now)
      throws UnusableFile {
    List<HeldAuthority> authorities = new ArrayList<>();
    List<String> unusable = new ArrayList<>();
    List<String> outOfTime = new ArrayList<>();
    boolean anyInTime = false;
    List<Pem.Block> blocks = List.of();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      blocks = Pem.framed(file, Sources.bytes(file));
      int position = -1;
      for (Pem.Block block : blocks) {
        if (!block.type().equals("CERTIFICATE") && !block.type().equals("X509 CERTIFICATE")) {
          continue;
        }
        position++;
        X509Certificate certificate;
        try {
          certificate = Certificates.decode(factory, block.der());
        } catch (CertificateException | RuntimeException notOne) {
          unusable.add(place(file, position) + " cannot be read");
          continue;
        }
        String name = certificate.getSubjectX500Principal().getName();
        String why = AuthorityRules.unusable(certificate);
        if (why != null) {
          unusable.add(name + " " + why + place(position));
          continue;
        }
        authorities.add(new HeldAuthority(certificate, position));
        Instant end = certificate.getNotAfter().toInstant();
        if (now.isAfter(end)) {
          outOfTime.add(name + " expired at " + end + place(position));
        } else {
          anyInTime = true;
          if (now.isBefore(certificate.getNotBefore().toInstant())) {
            outOfTime.add(
                name
                    + " is not valid before "
                    + certificate.getNotBefore().toInstant()
                    + place(position));
          }
        }
      }
    } catch (IOException | CertificateException e) {
      throw new UnusableFile("'" + file + "' is not a PEM file with certificates");
    } finally {
      blocks.forEach(Pem.Block::wipe); // There may be keys among them.
    }
    if (!anyInTime) {
      List<String> reasons = new ArrayList<>(unusable);
      reasons.addAll(outOfTime);
      throw new UnusableFile(
          reasons.isEmpty()
              ? "'" + file + "' has no certificate in it"
              : String.join("; ", reasons));
    }
    return new TrustFile(
        List.copyOf(authorities), leftOut(location, unusable), leftOut(location, outOfTime));
  }

  private static List<LeftOut> leftOut(ConfigLocation location, List<String> reasons) {
    return reasons.stream()
        .map(reason -> new LeftOut(location, reason + "; it is not relied on, the others are"))
        .toList();
  }

  private static String place(Path file, int position) {
    return "certificate " + (position + 1) + " of '" + file + "'";
  }

  private static String place(int position) {
    return " (certificate " + (position + 1) + " of the file)";
  }
}
