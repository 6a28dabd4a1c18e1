package sallyport.comply.checklist.checks;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.config.certificate.KeysConfig;
import sallyport.config.certificate.SecretConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.tls.TicketSourceConfig;
import sallyport.credentials.sources.KeyFile;
import sallyport.credentials.sources.Sources;
import sallyport.credentials.tickets.TicketFolder;

/** Controls of private keys and other secrets in storage. */
final class KeyControls {
  private final CheckResult observed;
  private final Findings findings;

  /** Files with secrets, and who names them. */
  private final Map<Path, ConfigLocation> files = new LinkedHashMap<>();

  private KeyControls(CheckResult observed, Findings findings) {
    this.observed = observed;
    this.findings = findings;
  }

  static void look(CheckResult observed, Findings findings) {
    new KeyControls(observed, findings).look();
  }

  private void look() {
    Set<AcmeConfig> accounts = new LinkedHashSet<>();
    for (CertificateConfig certificate : observed.certificates()) {
      storage(certificate);
      if (certificate instanceof CertificateConfig.Acme acme) {
        accounts.add(acme.account());
      }
    }
    accounts.forEach(this::account);
    observed.tlsListeners().forEach(this::tickets);
    observed.config().backends().values().forEach(backend -> file(backend.sticky().key()));
    files.forEach(this::modes);
    findings.none(Control.KEY_STORAGE, observed.at("listeners"), "there is no private key");
    findings.none(
        Control.KEY_FILES, observed.at("listeners"), "no secret is kept in a file that is there");
  }

  private void storage(CertificateConfig certificate) {
    ConfigLocation where = certificate.keyLocation();
    switch (certificate) {
      case CertificateConfig.Pem pem -> {
        files.putIfAbsent(pem.key(), where);
        SecretConfig passphrase = pem.passphrase();
        if (passphrase == null) {
          findings.unmet(
              Control.KEY_STORAGE,
              where,
              "'" + pem.key() + "' is plain PEM: who can read the file has the key");
        } else {
          encrypted(
              where, pem.key(), "'" + pem.key() + "' is " + encrypted(passphrase), passphrase);
        }
      }
      case CertificateConfig.Pkcs12 file -> {
        files.putIfAbsent(file.file(), where);
        encrypted(
            where,
            file.file(),
            "'"
                + file.file()
                + "' is PKCS#12, opened by the passphrase from "
                + file.passphrase().origin(),
            file.passphrase());
      }
      case CertificateConfig.Pkcs11 token -> {
        file(token.pin());
        findings.pass(
            Control.KEY_STORAGE,
            where,
            "the key "
                + token.key()
                + " is used in the token "
                + token.token()
                + " (PKCS#11); whether it can be exported, and whether the token is validated, is"
                + " not seen from here");
      }
      case CertificateConfig.Acme acme -> {
        existing(acme.file(), where);
        findings.pass(
            Control.KEY_STORAGE,
            where,
            "'" + acme.file() + "' is, or will be, " + encrypted(acme.account().passphrase()));
      }
    }
  }

  /** What is encrypted is as safe as its passphrase is apart from it. */
  private void encrypted(
      ConfigLocation where, Path key, String text, @Nullable SecretConfig passphrase) {
    file(passphrase);
    if (passphrase instanceof SecretConfig.File file
        && Objects.equals(folder(file.path()), folder(key))) {
      findings.warn(
          Control.KEY_STORAGE,
          where,
          text + "; both are in one folder: who can copy one can copy the other");
    } else {
      findings.pass(Control.KEY_STORAGE, where, text);
    }
  }

  private static @Nullable Path folder(Path file) {
    return file.toAbsolutePath().normalize().getParent();
  }

  private static String encrypted(SecretConfig passphrase) {
    return "encrypted PKCS#8 (PBES2, AES-256), opened by the passphrase from "
        + passphrase.origin();
  }

  private void account(AcmeConfig account) {
    file(account.passphrase());
    existing(account.keyFile(), account.location());
    AcmeConfig.ExternalAccount external = account.externalAccount();
    file(external == null ? null : external.macKey());
    findings.pass(
        Control.KEY_STORAGE,
        account.location(),
        "'" + account.keyFile() + "' is, or will be, " + encrypted(account.passphrase()));
  }

  private void tickets(TlsListenerConfig listener) {
    switch (listener.tls().tickets().source()) {
      case TicketSourceConfig.Folder folder -> {
        files.putIfAbsent(folder.path(), folder.location());
        TicketFolder.files(folder.path())
            .forEach(file -> files.putIfAbsent(file, folder.location()));
      }
      case TicketSourceConfig.Derived derived -> derived.secrets().forEach(this::file);
      case TicketSourceConfig.Memory memory -> {}
      case TicketSourceConfig.Off off -> {}
    }
  }

  private void file(@Nullable SecretConfig secret) {
    if (secret instanceof SecretConfig.File file) {
      files.putIfAbsent(file.path(), file.location());
    }
  }

  private void existing(Path file, ConfigLocation where) {
    if (Sources.exists(file)) {
      files.putIfAbsent(file, where);
    }
  }

  private void modes(Path file, ConfigLocation where) {
    String looseness = KeyFile.looseness(file, /* groupMayRead= */ false);
    String modes = KeyFile.modes(file);
    if (looseness != null && groupMayRead(file)) {
      findings.warn(
          Control.KEY_FILES,
          where,
          "'%s' has the mode %s: its group may read it (keys.loose-modes); only the gateway is to be a member"
              .formatted(file, modes));
    } else if (looseness != null) {
      findings.fail(Control.KEY_FILES, where, looseness);
    } else if (modes == null) {
      findings.info(Control.KEY_FILES, where, "'" + file + "' is where files have no modes");
    } else {
      findings.pass(Control.KEY_FILES, where, "'" + file + "' has the mode " + modes);
    }
  }

  private boolean groupMayRead(Path file) {
    return observed.config().keys().looseModes() == KeysConfig.LooseModes.GROUP_MAY_READ
        && KeyFile.looseness(file, /* groupMayRead= */ true) == null;
  }
}
