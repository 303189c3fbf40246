# Brings the number in counts/web to 3, whatever it is.
scaling "my-plugin" {
  enabled = true
  min     = 1
  max     = 5

  policy {
    cooldown            = "5s"
    evaluation_interval = "2s"

    check "always-three" {
      strategy "fixed-value" {
        value = 3
      }
    }

    target "my-plugin" {
      file = "web"
    }
  }
}
