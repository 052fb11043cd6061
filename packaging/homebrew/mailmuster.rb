# Filled by scripts/fill-templates for each release.
class Mailmuster < Formula
  desc "Signed mail settings for every device from a list of people"
  homepage "https://github.com/{{repository}}"
  license {{license for Homebrew}}

  on_macos do
    on_arm do
      url "{{url of aarch64-apple-darwin}}"
      sha256 "{{sha256 of aarch64-apple-darwin}}"
    end
    on_intel do
      url "{{url of x86_64-apple-darwin}}"
      sha256 "{{sha256 of x86_64-apple-darwin}}"
    end
  end

  on_linux do
    on_arm do
      url "{{url of aarch64-unknown-linux-musl}}"
      sha256 "{{sha256 of aarch64-unknown-linux-musl}}"
    end
    on_intel do
      url "{{url of x86_64-unknown-linux-musl}}"
      sha256 "{{sha256 of x86_64-unknown-linux-musl}}"
    end
  end

  def install
    bin.install "mailmuster"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/mailmuster.bash" => "mailmuster"
    zsh_completion.install "completions/_mailmuster"
    fish_completion.install "completions/mailmuster.fish"
    doc.install "README.md", "CHANGELOG.md", "THIRD-PARTY-NOTICES.txt"
  end

  test do
    (testpath/"staff.csv").write <<~CSV
      email,name
      ada.lovelace@centurylink.net,Ada Lovelace
    CSV
    system bin/"mailmuster", "generate", "staff.csv", "--out", "out", "--unsigned"
    assert_path_exists testpath/"out/bundles/ada.lovelace_centurylink.net.zip"
    assert_match version.to_s, shell_output("#{bin}/mailmuster --version")
  end
end
