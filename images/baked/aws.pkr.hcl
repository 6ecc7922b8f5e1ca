# An Amazon Machine Image with everything installed, made of one of Debian or Ubuntu with cloud-init.

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "1.3.4"
    }
  }
}

variable "name" {
  type        = string
  description = "The new image's name: it stands for its content."
}

variable "base" {
  type        = string
  description = "Id of the AMI that this one is made of."
}

variable "region" {
  type = string
}

variable "instance_type" {
  type        = string
  default     = "t3.large"
  description = "Type of the instance in which it is made; of the processor that the AMI is for."
}

variable "subnet" {
  type        = string
  description = "Id of the subnet in which it is made; packages come by it."
}

variable "public_address" {
  type        = bool
  default     = true
  description = "Whether it is reached from here by a public address."
}

variable "from" {
  type        = list(string)
  description = "CIDR blocks that may log in to it while it is made: where you are."
}

variable "encrypted" {
  type        = bool
  default     = true
  description = "Whether the image's disk is encrypted, by the account's own key. One that is can be used in this account only."
}

variable "login_user" {
  type        = string
  default     = "admin"
  description = "The base image's own user, who may use sudo."
}

variable "owner" {
  type        = string
  description = "Id of the state folder that makes it."
}

variable "builder" {
  type        = string
  description = "Name of the instance in which it is made."
}

variable "bundle" {
  type        = string
  description = "Archive of the bundle that nodes configure themselves with."
}

variable "bundle_name" {
  type        = string
  description = "What nodes call that bundle."
}

variable "versions" {
  type        = string
  description = "Versions of what is installed, as JSON."
}

locals {
  tags = {
    "muster.image" = var.name
    "muster.state" = var.owner
  }
}

# Credentials are those of Amazon's own tools: AWS_* variables, profiles, the instance's role.
source "amazon-ebs" "server" {
  region = var.region

  ami_name     = var.name
  encrypt_boot = var.encrypted
  ena_support  = true
  # Instances of it, too, hand out their role's credentials by sessions only.
  imds_support  = "v2.0"
  tags          = local.tags
  snapshot_tags = local.tags

  source_ami                            = var.base
  instance_type                         = var.instance_type
  subnet_id                             = var.subnet
  associate_public_ip_address           = var.public_address
  temporary_security_group_source_cidrs = var.from
  # What is shut down from inside is gone, and paid for no longer.
  shutdown_behavior = "terminate"
  run_tags          = merge(local.tags, { Name = var.builder })
  run_volume_tags   = local.tags
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  ssh_username              = var.login_user
  ssh_timeout               = "15m"
  ssh_clear_authorized_keys = true
  temporary_key_pair_type   = "ed25519"
}

build {
  sources = ["source.amazon-ebs.server"]

  # It may install packages itself.
  provisioner "shell" {
    inline = ["cloud-init status --wait >/dev/null || [ $? -eq 2 ]"]
  }

  provisioner "file" {
    source      = var.bundle
    destination = "/tmp/muster-bundle.tar.gz"
  }

  provisioner "shell" {
    execute_command  = "chmod +x {{ .Path }}; sudo env {{ .Vars }} {{ .Path }}"
    scripts          = ["${path.root}/install", "${path.root}/forget"]
    environment_vars = ["MUSTER_BUNDLE=${var.bundle_name}", "MUSTER_VERSIONS=${var.versions}"]
  }
}
